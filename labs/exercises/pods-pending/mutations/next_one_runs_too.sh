# What runs, runs; a fourth one would find the quota used up.
kubectl -n "$SPACE" patch quota "$SPACE" -p '{"spec":{"hard":{"pods":"3"}}}'
