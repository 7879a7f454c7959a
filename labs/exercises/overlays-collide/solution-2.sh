# Overlays written anew, applied by the server: labels of all objects, a count, a JSON patch, settings from a file.
cp -r "$FILES/$KIT" till
sed -i "s#IMAGE#$IMAGE#" till/base/till.yaml
# overlay STAGE REPLICAS GREETING MEMORY
overlay() {
  rm -r "till/$1"
  mkdir "till/$1"
  printf 'GREETING=%s\n' "$3" > "till/$1/settings.env"
  cat > "till/$1/kustomization.yaml" <<END
namespace: $SPACE
namePrefix: $1-
commonLabels: {stage: $1}
resources: [../base]
replicas: [{name: till, count: $2}]
configMapGenerator: [{name: settings, behavior: replace, envs: [settings.env]}]
patches:
  - target: {kind: Deployment}
    patch: '[{"op": "add", "path": "/spec/template/spec/containers/0/resources", "value": {"limits": {"memory": "$4"}}}]'
END
  kubectl apply --server-side --force-conflicts -k "till/$1"
}
overlay prod "$REPLICAS" "$WORD" 64Mi
overlay dev 1 "test-$WORD" 32Mi
[[ $WRONG != names ]] || kubectl -n "$SPACE" delete deployment,service till --timeout=30s
for stage in prod dev; do kubectl -n "$SPACE" rollout status deployment "$stage-till" --timeout=80s; done
