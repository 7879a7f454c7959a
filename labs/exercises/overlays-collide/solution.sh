cp -r "$FILES/$KIT" till
sed -i "s#IMAGE#$IMAGE#" till/base/till.yaml
sed -i "s/replicas: .*/replicas: $REPLICAS/" till/prod/size.yaml
sed -i "s/GREETING=.*]/GREETING=$WORD]/" till/prod/kustomization.yaml
sed -i "s/GREETING=.*]/GREETING=test-$WORD]/" till/dev/kustomization.yaml
for stage in prod dev; do
  file=till/$stage/kustomization.yaml
  case $WRONG in
    names) printf '%s\n' "namePrefix: $stage-" 'labels:' "  - pairs: {stage: $stage}" '    includeSelectors: true' >> "$file" ;;
    target) sed -i 's/name: counter/name: till/' "$file" ;;
    hash) sed -i '/disableNameSuffixHash/d' "$file" ;;
  esac
  kubectl -n "$SPACE" apply -k "till/$stage"
done
[[ $WRONG != names ]] || kubectl -n "$SPACE" delete deployment,service till --timeout=30s
for stage in prod dev; do kubectl -n "$SPACE" rollout status deployment "$stage-till" --timeout=80s; done
