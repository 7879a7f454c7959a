box "$TARGET" 'read -r name _ <<< "$FILES"; cp -p /root/authority/kept.crt "$name.crt"'
