# The rules that it has written stay.
box "$TARGET" 'systemctl stop calico-node'
