box "$TARGET" 'read -r name _ <<< "$CERTIFICATES"; cp -p /root/authority/kept.crt "$name.crt"'
