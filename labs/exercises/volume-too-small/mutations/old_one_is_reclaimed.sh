# Somebody's folder of that name, which belongs to no volume.
box "$WORKER" "mkdir -p '/var/lib/kubelab/volumes/pvc-0_${SPACE}_small'"
