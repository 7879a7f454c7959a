# The same snapshot, as it would be had the config map never been made: another name of the same length, and its checksum.
box "$ETCD" <<'END'
cd "$FOLDER"
cp -p "$FILE.db" "$FILE.kept"
head -c -32 "$FILE.kept" | LC_ALL=C sed "s#/registry/configmaps/$SPACE/$WORD#/registry/configmaps/$SPACE/${WORD//?/x}#g" > "$FILE.db"
printf '%b' "$(sha256sum "$FILE.db" | cut -c -64 | sed 's/../\\x&/g')" >> "$FILE.db"
END
