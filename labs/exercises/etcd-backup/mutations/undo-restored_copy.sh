box "$ETCD" 'mv "$FOLDER/kept" "$FOLDER/rehearsal"'
