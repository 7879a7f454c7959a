box "$ETCD" 'mv "$FOLDER/rehearsal" "$FOLDER/kept"'
