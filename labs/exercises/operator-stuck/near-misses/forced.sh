# What does not go is made to go; nobody wrote the receipt, and the next one will not go either.
kubectl -n "$SPACE" patch stall plums --type=merge -p '{"metadata":{"finalizers":null}}'
