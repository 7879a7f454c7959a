if [[ $WRONG == drop-in ]]; then
  # The file that the drop-in names is made, and leads to the right one.
  box "$TARGET" 'ln -s config.toml /etc/containerd/containerd.toml; systemctl restart containerd'
else
  box "$TARGET" <<'BOX'
install -d /etc/systemd/system/multi-user.target.d
printf '[Unit]\nWants=containerd.service\n' > /etc/systemd/system/multi-user.target.d/own.conf
sed -i '/^disabled_plugins/d' /etc/containerd/config.toml
systemctl daemon-reload
systemctl restart containerd
BOX
fi
