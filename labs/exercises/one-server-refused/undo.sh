box "$TARGET" 'rm -rf /root/authority'
