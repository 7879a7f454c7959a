kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create configmap settings --from-literal="greeting=$GREETING"
value="value: $GREETING" policy=IfNotPresent file=$APP.yaml
case $WRONG in
  hidden) file=.$APP.yaml ;;
  settings) value='valueFrom: {configMapKeyRef: {name: settings, key: greeting}}' ;;
  pull) policy=Always ;;
esac
cat > pod.yaml <<END
apiVersion: v1
kind: Pod
metadata:
  name: $APP
  namespace: $SPACE
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: $IMAGE
      imagePullPolicy: $policy
      args: [netexec, --http-port=8080]
      env:
        - name: GREETING
          $value
END
box "$TARGET" << END
printf '%s\n' '$(cat pod.yaml)' > /etc/kubernetes/pod.new
mv /etc/kubernetes/pod.new /etc/kubernetes/manifests/$file
END
