kubectl delete validatingadmissionpolicybindings,validatingadmissionpolicies,validatingwebhookconfigurations,mutatingwebhookconfigurations --all
sleep 3
kubectl -n "$SPACE" rollout restart deployment app
