# Values on the command line, and forward: the pending revision is removed as if it had never begun.
[[ $WRONG != pending ]] || kubectl -n "$SPACE" delete secret "sh.helm.release.v1.$APP.v2"
helm -n "$SPACE" upgrade --install "$APP" "$FILES/counter" --wait --timeout 90s \
  --set image="$IMAGE",replicas="$REPLICAS" --set-string greeting="$WORD\, come in"
