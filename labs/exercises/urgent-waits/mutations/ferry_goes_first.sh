# What runs, runs; the next pod would wait.
kubectl delete priorityclass "$CLASS"
kubectl create priorityclass "$CLASS" --value=100000 --preemption-policy=Never
