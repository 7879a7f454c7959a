for space in "$SPACE" "$SPACE-next"; do
  kubectl create namespace "$space"
  kind=configmap
  [[ $WRONG != service ]] || kind='service clusterip --tcp=80:80'
  # shellcheck disable=SC2086 # two words on purpose
  set -- $kind
  kubectl -n "$space" create "$@" "$ITEM"
  [[ $WRONG == apiservice ]] || kubectl -n "$space" patch "$1" "$ITEM" --type=merge \
    -p '{"metadata":{"finalizers":["tidy.kubelab.example/last-words"]}}'
done
if [[ $WRONG == apiservice ]]; then
  kubectl apply -f - <<END
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.measure.kubelab.example}
spec:
  group: measure.kubelab.example
  version: v1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: measure, namespace: kube-system}
END
  sleep 2
fi
kubectl delete namespace "$SPACE" --wait=false
