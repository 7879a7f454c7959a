kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo $WORD-$SPACE > /data/entry"
