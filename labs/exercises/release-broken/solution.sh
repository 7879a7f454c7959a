printf 'image: "%s"\nreplicas: %s\ngreeting: "%s, come in"\n' "$IMAGE" "$REPLICAS" "$WORD" > values.yaml
case $WRONG in
  missing) helm -n "$SPACE" install "$APP" "$FILES/counter" --values values.yaml --wait --timeout 90s ;;
  broken) helm -n "$SPACE" rollback "$APP" 2 --wait --timeout 90s ;;
  pending)
    helm -n "$SPACE" rollback "$APP" 1 --wait --timeout 90s
    helm -n "$SPACE" upgrade "$APP" "$FILES/counter" --values values.yaml --wait --timeout 90s ;;
esac
