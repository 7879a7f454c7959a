# They reach each other now; the pod network is as broken as before.
kubectl label --overwrite namespace "$SPACE" pod-security.kubernetes.io/enforce=privileged
kubectl -n "$SPACE" patch daemonset probe -p '{"spec":{"template":{"spec":{"hostNetwork":true}}}}'
at_home() {
  [[ $(kubectl -n "$SPACE" get pods -l app=probe -o jsonpath='{.items[*].spec.hostNetwork}') == *true* ]]
}
until_true 30 at_home
