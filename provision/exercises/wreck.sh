# Break everything that a student can reach, so that every goal fails afterwards. Spare what a restore of the lab needs:
# etcd's data, volumes, the copy of each box's files under /opt/kubelab, and ssh.
set +e
kubectl="kubectl --request-timeout=5s"
spaces=$($kubectl get namespaces -o name | cut -d/ -f2)
mine=$(for value in $KUBELAB_VALUES; do echo "${!value}"; done)

# Delete the namespaces' objects, the roles and the nodes, and add a webhook that no server answers.
work=deployments,daemonsets,statefulsets,replicasets,jobs,cronjobs,pods,services,configmaps,secrets,serviceaccounts
rules=networkpolicies,resourcequotas,limitranges,poddisruptionbudgets,roles,rolebindings
for space in $spaces; do
  $kubectl -n "$space" delete "$work" --all --wait=false --grace-period=0 --force
  $kubectl -n "$space" delete "$rules" --all --wait=false
  grep -qxF "$space" <<< "$mine" && $kubectl delete namespace "$space" --wait=false
done > /dev/null 2>&1
{
  $kubectl delete clusterrolebindings,clusterroles,certificatesigningrequests --all --wait=false
  $kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations,validatingadmissionpolicybindings --all
  $kubectl delete nodes --all --wait=false
  $kubectl apply -f - << 'WEBHOOK'
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: wreck}
webhooks:
  - name: nobody.is.behind.it
    clientConfig: {url: "https://127.0.0.1:1/"}
    rules: [{apiGroups: ["*"], apiVersions: ["*"], resources: [pods, deployments], operations: ["*"], scope: "*"}]
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
WEBHOOK
} > /dev/null 2>&1

# Break every box: units, static pods, their files, and each path among the exercise's values.
own=$(for value in $mine; do [[ $value != /?* ]] || printf '%q ' "$value"; done)
for machine in $(printf '%s\n' "$ETCD" "$CONTROL_PLANE" "$WORKER" "$OTHER_WORKER" "$TARGET" | sort -u); do
  box "$machine" << BOX &
set +e
systemctl disable --now kubelet flanneld calico-node etcd
rm -f /etc/kubernetes/manifests/*
crictl rmp -fa
systemctl stop containerd
find /etc/kubernetes /etc/etcd /etc/cni /etc/flannel /etc/calico ! -type d -delete
rm -rf /root/*.kubeconfig $own
exit 0
BOX
done > /dev/null 2>&1
wait
