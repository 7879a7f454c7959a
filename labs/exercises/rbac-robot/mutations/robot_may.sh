kubectl -n "$SPACE" delete rolebinding "$ROBOT"
