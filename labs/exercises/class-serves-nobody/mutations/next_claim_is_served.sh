# The next volume would go with its claim.
kubectl get storageclass "$CLASS" -o yaml > class.yaml
kubectl delete storageclass "$CLASS"
kubectl patch --local -f class.yaml -o yaml --type=merge -p '{"reclaimPolicy":"Delete","metadata":{"uid":null,"resourceVersion":null}}' > new.yaml
kubectl create -f new.yaml
