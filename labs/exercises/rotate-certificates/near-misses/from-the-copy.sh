# What the lab gave the machine is not older than it was.
box "$TARGET" <<'END'
for name in $CERTIFICATES; do cp -p "/opt/kubelab/box/files$name.crt" "$name.crt"; done
for file in $KUBECONFIGS; do cp -p "/opt/kubelab/box/files$file" "$file"; done
! systemctl is-active -q kubelet || systemctl restart kubelet
END
