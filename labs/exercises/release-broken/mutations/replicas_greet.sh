# also red: cluster_is_as_released
kubectl -n "$SPACE" set env deployment "$APP" GREETING=Away
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
