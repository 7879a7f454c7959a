# variants: wrong=hash
# Another name, chosen by hand: this change reaches the replicas, and the next one does not.
cp -r "$FILES/$KIT" till
sed -i "s#IMAGE#$IMAGE#" till/base/till.yaml
sed -i "s/replicas: .*/replicas: $REPLICAS/" till/prod/size.yaml
sed -i "s/GREETING=.*]/GREETING=$WORD]/" till/prod/kustomization.yaml
sed -i "s/GREETING=.*]/GREETING=test-$WORD]/" till/dev/kustomization.yaml
sed -i 's/name: settings/name: settings-2/' till/base/kustomization.yaml till/base/till.yaml till/prod/kustomization.yaml till/dev/kustomization.yaml
for stage in prod dev; do
  kubectl -n "$SPACE" apply -k "till/$stage"
  kubectl -n "$SPACE" rollout status deployment "$stage-till" --timeout=80s
done
