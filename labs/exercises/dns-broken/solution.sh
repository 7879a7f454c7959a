case $FAULT in
  coredns-away) kubectl -n kube-system scale deployment coredns --replicas=2 ;;
  dns-service-selector) kubectl -n kube-system patch service kube-dns -p '{"spec":{"selector":{"k8s-app":"kube-dns"}}}' ;;
  *)
    # The Corefile as the lab has it.
    box "$CONTROL_PLANE" 'cat /etc/kubernetes/addons/10-dns.yaml' > dns.yaml
    kubectl apply --server-side --force-conflicts -f dns.yaml
    kubectl -n kube-system delete pods -l k8s-app=kube-dns --grace-period=1 ;;
esac
