if [[ $WRONG == drop-in ]]; then
  box "$TARGET" <<'END'
mkdir -p /etc/systemd/system/containerd.service.d
printf '[Service]\nExecStart=\nExecStart=/opt/bin/containerd --config /etc/containerd/containerd.toml\n' \
  > /etc/systemd/system/containerd.service.d/50-path.conf
systemctl daemon-reload
systemctl restart --no-block containerd
END
fi
