# variants: wrong=names
# All is right, and the deployment that both had made still runs.
cp -r "$FILES/$KIT" till
sed -i "s#IMAGE#$IMAGE#" till/base/till.yaml
sed -i "s/replicas: .*/replicas: $REPLICAS/" till/prod/size.yaml
sed -i "s/GREETING=.*]/GREETING=$WORD]/" till/prod/kustomization.yaml
sed -i "s/GREETING=.*]/GREETING=test-$WORD]/" till/dev/kustomization.yaml
for stage in prod dev; do
  printf '%s\n' "namePrefix: $stage-" 'labels:' "  - pairs: {stage: $stage}" '    includeSelectors: true' >> "till/$stage/kustomization.yaml"
  kubectl -n "$SPACE" apply -k "till/$stage"
done
for stage in prod dev; do kubectl -n "$SPACE" rollout status deployment "$stage-till" --timeout=80s; done
