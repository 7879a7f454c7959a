box "$WORKER" "rmdir '/var/lib/kubelab/volumes/pvc-0_${SPACE}_small'"
