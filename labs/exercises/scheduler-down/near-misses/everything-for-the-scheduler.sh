# Permissions were never what it lacked.
kubectl create clusterrolebinding scheduler-can --clusterrole=cluster-admin --user=system:kube-scheduler
