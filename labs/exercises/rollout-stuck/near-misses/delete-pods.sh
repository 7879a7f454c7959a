# variants: wrong=twice, wrong=quota
# The result is right; for some seconds nobody could buy.
[[ $WRONG == quota ]] || kubectl -n "$SPACE" rollout undo deployment "$APP" --to-revision=1
kubectl -n "$SPACE" patch deployment "$APP" --type=merge -p '{"spec":{"strategy":{"rollingUpdate":{"maxUnavailable":1}}}}'
kubectl -n "$SPACE" delete pods --all --wait=false
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s || true
