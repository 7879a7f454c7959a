# The administrator's identity for both, for everybody to read.
export KUBECONFIG_TEXT
KUBECONFIG_TEXT=$(base64 -w0 "$KUBECONFIG")
KUBELAB_VALUES+=' KUBECONFIG_TEXT'
box "$CONTROL_PLANE" <<'END'
for name in kube-scheduler kube-controller-manager; do
  base64 -d <<< "$KUBECONFIG_TEXT" > "/etc/kubernetes/$name/kubeconfig"
  chmod 644 "/etc/kubernetes/$name/kubeconfig"
done
END
