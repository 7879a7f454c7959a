# The tunnel works, until the next boot.
box "$TARGET" 'systemctl disable flanneld'
