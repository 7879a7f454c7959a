# An image of the older kube-proxy stays in no node's store.
box "$TARGET" <<'END'
old=$(ctr -n k8s.io images ls -q | grep "/kube-proxy:v$BEFORE\." || true)
[[ -z $old ]] || ctr -n k8s.io images rm $old
END
