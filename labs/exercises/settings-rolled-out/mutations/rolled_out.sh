# A change that waits: what runs is right, and the next revision does not come.
kubectl -n "$SPACE" rollout pause deployment "$APP"
kubectl -n "$SPACE" set env deployment "$APP" WAITING=yes
