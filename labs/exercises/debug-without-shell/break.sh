kubectl create namespace "$SPACE"
whole='' box='' owner=0
strict='allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}'
case $RULES in
  user) box='securityContext: {runAsUser: 1000, runAsGroup: 1000}' owner=1000 ;;
  strict)
    kubectl label namespace "$SPACE" pod-security.kubernetes.io/enforce=restricted
    whole='securityContext: {runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}'
    box="securityContext: {$strict}" owner=1000 ;;
esac
until_true 10 kubectl -n "$SPACE" get serviceaccount default
kubectl -n "$SPACE" create configmap answer
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: Pod
metadata: {name: $APP}
spec:
  terminationGracePeriodSeconds: 1
  $whole
  containers:
    - name: $APP
      image: "$COREDNS"
      args: ["-dns.port=5353"]
      volumeMounts: [{name: state, mountPath: /state}]
      $box
  volumes: [{name: state, emptyDir: {}}]
END
kubectl -n "$SPACE" wait pod "$APP" --for=condition=Ready --timeout=60s
# What the program keeps is in no object of the API.
uid=$(kubectl -n "$SPACE" get pod "$APP" -o jsonpath='{.metadata.uid}')
node=$(kubectl -n "$SPACE" get pod "$APP" -o jsonpath='{.spec.nodeName}')
file="/var/lib/kubelet/pods/$uid/volumes/kubernetes.io~empty-dir/state/$FILE"
box "$node" "echo '$WORD' > '$file'; chmod 600 '$file'; chown $owner:$owner '$file'"
