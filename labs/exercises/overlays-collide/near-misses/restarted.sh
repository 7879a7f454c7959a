# variants: wrong=hash
# The replicas have the greeting because they were made anew by hand; the next one would not reach them.
cp -r "$FILES/$KIT" till
sed -i "s#IMAGE#$IMAGE#" till/base/till.yaml
sed -i "s/replicas: .*/replicas: $REPLICAS/" till/prod/size.yaml
sed -i "s/GREETING=.*]/GREETING=$WORD]/" till/prod/kustomization.yaml
sed -i "s/GREETING=.*]/GREETING=test-$WORD]/" till/dev/kustomization.yaml
for stage in prod dev; do
  kubectl -n "$SPACE" apply -k "till/$stage"
  kubectl -n "$SPACE" rollout restart deployment "$stage-till"
  kubectl -n "$SPACE" rollout status deployment "$stage-till" --timeout=80s
done
