# variants: wrong=status
# A right definition; the stalls of the old one are lost, the operator is another, and so is its program.
kubectl get crd stalls.fair.kubelab.example -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},"status":null}' > bare.yaml
kubectl patch --local -f bare.yaml -o yaml --type=json -p '[{"op":"add","path":"/spec/versions/0/subresources","value":{"status":{}}}]' > new.yaml
kubectl -n "$SPACE" scale deployment operator --replicas=0 # or it sets its finalizer again
until_true 20 kubectl -n "$SPACE" wait pods -l app=operator --for=delete --timeout=5s
for stall in apples pears plums; do
  kubectl -n "$SPACE" patch stall "$stall" --type=merge -p '{"metadata":{"finalizers":null}}'
done
kubectl delete crd stalls.fair.kubelab.example --timeout=40s
kubectl create -f new.yaml
kubectl -n "$SPACE" scale deployment operator --replicas=1
kubectl -n "$SPACE" patch configmap operator --type=merge -p '{"data":{"note":"changed"}}'
