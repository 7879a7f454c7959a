kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
cp -r "$FILES/$KIT" till
sed -i "s#IMAGE#$IMAGE#" till/base/till.yaml
kubectl -n "$SPACE" apply -k till/prod
kubectl -n "$SPACE" apply -k till/dev
kubectl -n "$SPACE" wait deployments --all --for=condition=Available --timeout=60s
