# A rollout that cannot end: one pod of two goes on answering.
kubectl -n kube-system set image deployment coredns coredns=registry.kubelab.example/none:1
