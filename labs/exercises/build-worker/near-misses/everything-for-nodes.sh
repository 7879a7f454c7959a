# Rights were never what a node lacked.
kubectl create clusterrolebinding nodes-can --clusterrole=cluster-admin --group=system:nodes
