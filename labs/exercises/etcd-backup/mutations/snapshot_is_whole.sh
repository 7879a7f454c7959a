# also red: snapshot_is_fresh
box "$ETCD" 'cd "$FOLDER"; mv "$FILE.db" "$FILE.kept"; head -c 20000 "$FILE.kept" > "$FILE.db"'
