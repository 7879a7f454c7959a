kubectl -n "$SPACE" exec deploy/diary -- sh -c 'echo nothing > /data/entry'
