kubectl -n "$SPACE" rollout pause deployment "$APP"
