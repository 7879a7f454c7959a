# That is no cipher.
word=$(printf 'plain-%s-%s' "$ITEM" "$SPACE" | base64 -w0 | base64 -w0)
kubectl -n "$SPACE" patch secret "$ITEM" -p "{\"data\":{\"word\":\"$word\"}}"
