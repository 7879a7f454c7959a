# Permissions were never what they lacked.
kubectl create clusterrolebinding controllers-can --clusterrole=cluster-admin --user=system:kube-controller-manager
