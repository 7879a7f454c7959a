kubectl -n "$SPACE$SUFFIX" exec deploy/diary -- mv /data/elsewhere /data/entry
