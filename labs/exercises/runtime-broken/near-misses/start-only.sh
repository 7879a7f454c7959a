box "$TARGET" 'systemctl start --no-block containerd || true; systemctl disable containerd'
