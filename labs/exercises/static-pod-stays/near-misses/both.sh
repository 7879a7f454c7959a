# A right manifest, a DaemonSet in case, and the settings changed.
box "$TARGET" << 'END'
cd /etc/kubernetes/manifests
file=$APP.yaml
[[ $WRONG != hidden ]] || file=.$APP.yaml
sed -e "s/valueFrom: .*/value: $GREETING/" -e 's/imagePullPolicy: .*/imagePullPolicy: IfNotPresent/' "$file" > /etc/kubernetes/pod.new
rm "$file"
mv /etc/kubernetes/pod.new "$APP.yaml"
END
kubectl -n "$SPACE" patch configmap settings --type=merge -p '{"data":{"note":"static now"}}'
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: $APP}
spec:
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: app, image: "$IMAGE", args: [pause]}]
END
until_true 60 kubectl -n "$SPACE" wait pod "$APP-$TARGET" --for=condition=Ready --timeout=5s
