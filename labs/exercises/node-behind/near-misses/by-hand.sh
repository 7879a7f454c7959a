# variants: begun=not
# The new kubelet runs, but not by its unit: after a restart the old one is back.
kubectl drain "$TARGET" --pod-selector="app=$APP" --timeout=100s
new=$(box "$OTHER_WORKER" 'dirname "$(readlink /opt/bin/kubelet)"')
box "$TARGET" <<END
old=\$(readlink /proc/\$(systemctl show --property=MainPID --value kubelet)/exe)
install -d /run/systemd/system/kubelet.service.d
systemctl cat kubelet | sed -n '/^ExecStart=.*kubelet/,/[^\\\\]\$/p' | tr -d '\\\\\n' > /root/line
printf '[Service]\nExecStart=\nExecStart=%s %s\n' "$new/kubelet" "\$(cut -d' ' -f2- /root/line)" \
  > /run/systemd/system/kubelet.service.d/99-now.conf
systemctl daemon-reload
systemctl restart kubelet
sleep 2
rm -rf /run/systemd/system/kubelet.service.d /root/line
ln -sfn "\$old" /opt/bin/kubelet
systemctl daemon-reload
END
kubectl uncordon "$TARGET"
