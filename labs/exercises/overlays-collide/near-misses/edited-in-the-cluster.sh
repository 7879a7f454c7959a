# variants: wrong=target
# The greetings are applied, the rest is edited in the cluster: the next apply takes it away.
cp -r "$FILES/$KIT" till
sed -i "s#IMAGE#$IMAGE#" till/base/till.yaml
sed -i "s/replicas: .*/replicas: $REPLICAS/" till/prod/size.yaml
sed -i "s/GREETING=.*]/GREETING=$WORD]/" till/prod/kustomization.yaml
sed -i "s/GREETING=.*]/GREETING=test-$WORD]/" till/dev/kustomization.yaml
for stage in prod dev; do kubectl -n "$SPACE" apply -k "till/$stage"; done
kubectl -n "$SPACE" scale deployment prod-till --replicas="$REPLICAS"
kubectl -n "$SPACE" set resources deployment prod-till --limits=memory=64Mi
kubectl -n "$SPACE" set resources deployment dev-till --limits=memory=32Mi
for stage in prod dev; do kubectl -n "$SPACE" rollout status deployment "$stage-till" --timeout=80s; done
