kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo nothing > $PATH_/entry"
