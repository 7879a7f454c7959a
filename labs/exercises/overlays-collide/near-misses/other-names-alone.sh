# variants: wrong=names
# Other names alone: both Services lead to the replicas of both.
cp -r "$FILES/$KIT" till
sed -i "s#IMAGE#$IMAGE#" till/base/till.yaml
sed -i "s/replicas: .*/replicas: $REPLICAS/" till/prod/size.yaml
sed -i "s/GREETING=.*]/GREETING=$WORD]/" till/prod/kustomization.yaml
sed -i "s/GREETING=.*]/GREETING=test-$WORD]/" till/dev/kustomization.yaml
for stage in prod dev; do
  echo "namePrefix: $stage-" >> "till/$stage/kustomization.yaml"
  kubectl -n "$SPACE" apply -k "till/$stage"
done
kubectl -n "$SPACE" delete deployment,service till --timeout=30s
for stage in prod dev; do kubectl -n "$SPACE" rollout status deployment "$stage-till" --timeout=80s; done
