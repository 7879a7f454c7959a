box "$ETCD" 'mv "$FOLDER/$FILE.kept" "$FOLDER/$FILE.db"'
