box "$TARGET" 'systemctl enable flanneld'
