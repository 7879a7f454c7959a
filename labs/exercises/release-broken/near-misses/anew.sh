# variants: wrong=broken, wrong=pending
# The right values in a release without a history; nobody was served meanwhile.
printf 'image: "%s"\nreplicas: %s\ngreeting: "%s, come in"\n' "$IMAGE" "$REPLICAS" "$WORD" > values.yaml
helm -n "$SPACE" uninstall "$APP" --wait --timeout 60s
helm -n "$SPACE" install "$APP" "$FILES/counter" --values values.yaml --wait --timeout 90s
