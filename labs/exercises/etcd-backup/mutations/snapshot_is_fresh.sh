# The same snapshot, as it would be had the config map never been made: another name of the same length.
box "$ETCD" <<'END'
cd "$FOLDER"
cp -p "$FILE.db" "$FILE.kept"
LC_ALL=C sed -i "s#/registry/configmaps/$SPACE/$WORD#/registry/configmaps/$SPACE/${WORD//?/x}#g" "$FILE.db"
END
