# A volume that is kept would outlive the exercise: it goes with its claim, and its folder with it.
kubectl get pv -o jsonpath='{range .items[*]}{.metadata.name} {.status.phase} {.spec.local.path}{.spec.hostPath.path}{"\n"}{end}' > volumes.txt
while read -r name phase path; do
  [[ $path == *_"$SPACE"_* ]] || continue
  kubectl patch pv "$name" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'
  [[ $phase != Available ]] || kubectl delete pv "$name" --timeout=30s
done < volumes.txt
# And folders whose volume was deleted without them.
known=$(kubectl get pv -o jsonpath='{range .items[*]}{.spec.local.path}{.spec.hostPath.path} {end}')
for worker in $(kubectl get nodes -l '!node-role.kubernetes.io/control-plane' -o jsonpath='{.items[*].metadata.name}'); do
  box "$worker" << END
for folder in /var/lib/kubelab/volumes/*_${SPACE}_*; do
  [[ ! -e \$folder || " $known" == *" \$folder "* ]] || rm -rf "\$folder"
done
END
done
