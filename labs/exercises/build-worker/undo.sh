uncover "$TARGET"
box "$TARGET" 'rm -rf /root/authority'
