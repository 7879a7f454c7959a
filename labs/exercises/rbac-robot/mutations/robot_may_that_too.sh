kubectl -n "$SPACE" delete rolebinding "$ROBOT-too"
