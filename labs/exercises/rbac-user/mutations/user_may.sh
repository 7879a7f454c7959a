kubectl -n "$SPACE" delete rolebinding "$USER"
