case $FAULT in
  coredns-away) kubectl -n kube-system patch deployment coredns --type=merge -p '{"spec":{"replicas":1}}' ;;
  dns-service-selector)
    # Pods and service meet at another label.
    kubectl -n kube-system patch deployment coredns -p '{"spec":{"template":{"metadata":{"labels":{"part":"names"}}}}}'
    kubectl -n kube-system patch service kube-dns --type=merge -p '{"spec":{"selector":{"k8s-app":null,"part":"names"}}}' ;;
  *)
    # A Corefile of one's own.
    cat > Corefile <<FILE
.:53 {
    health :8080
    ready :8181
    kubernetes $DOMAIN in-addr.arpa ip6.arpa
}
FILE
    kubectl -n kube-system create configmap coredns --from-file=Corefile --dry-run=client -o yaml | kubectl replace -f -
    kubectl -n kube-system rollout restart deployment coredns ;;
esac
kubectl -n kube-system rollout status deployment coredns --timeout=90s
