uncover "$CONTROL_PLANE"
box "$CONTROL_PLANE" 'rm -rf /root/authority'
