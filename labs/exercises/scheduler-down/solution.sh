# What the scheduler's manifest and kubeconfig should be is in the folder that the box applied.
box "$CONTROL_PLANE" <<'END'
from=/opt/kubelab/box/files
case $FAULT in
  scheduler-foreign-ca)
    install -m 600 "$from/etc/kubernetes/kube-scheduler/kubeconfig" /etc/kubernetes/kube-scheduler/kubeconfig
    crictl ps -q --name '^kube-scheduler$' | xargs -r crictl stop ;;
  *)
    install -m 644 "$from/etc/kubernetes/manifests/kube-scheduler.yaml" /etc/kubernetes/scheduler.new
    mv /etc/kubernetes/scheduler.new /etc/kubernetes/manifests/kube-scheduler.yaml ;;
esac
END
