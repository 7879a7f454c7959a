# variants: wrong=missing, wrong=value
# First in the queue, and it waits there.
kubectl delete priorityclass "$CLASS" --ignore-not-found
kubectl create priorityclass "$CLASS" --value=100000 --preemption-policy=Never
kubectl -n "$SPACE" patch deployment ferry -p '{"spec":{"template":{"spec":{"priorityClassName":"'"$CLASS"'"}}}}'
kubectl -n "$SPACE" rollout restart deployment ferry
