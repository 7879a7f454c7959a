box "$TARGET" <<'END'
rm -f /etc/systemd/system/containerd.service.d/50-path.conf
install -m 644 /opt/kubelab/box/files/etc/containerd/config.toml /etc/containerd/config.toml
systemctl daemon-reload
systemctl enable containerd
systemctl restart containerd
END
