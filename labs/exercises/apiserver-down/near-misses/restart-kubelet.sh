# The kubelet does what the manifest says, as often as it is asked.
box "$CONTROL_PLANE" systemctl restart kubelet
