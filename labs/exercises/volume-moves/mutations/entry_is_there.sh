kubectl -n "$SPACE$SUFFIX" exec deploy/diary -- mv /data/entry /data/elsewhere
