# The links are new, and nothing that runs.
kubectl drain "$TARGET" --pod-selector="app=$APP" --timeout=100s
new=$(box "$OTHER_WORKER" 'dirname "$(readlink /opt/bin/kubelet)"')
box "$TARGET" <<END
ln -sfn "$new/kubelet" /opt/bin/kubelet
ln -sfn "$new/kubectl" /opt/bin/kubectl
END
