kubectl create namespace "$SPACE"
follow='[sh, -c, "exec tail -n +1 -F /sales/sold.log"]'
case $WRONG in
  missing) mounts='' volumes='' early='' beside='' ;;
  blocks)
    mounts="volumeMounts: [{name: sales, mountPath: $FOLDER}]" volumes='volumes: [{name: sales, emptyDir: {}}]' beside=''
    early="initContainers: [{name: teller, image: \"$IMAGE\", command: $follow, volumeMounts: [{name: sales, mountPath: /sales}]}]" ;;
  volume)
    mounts="volumeMounts: [{name: sales, mountPath: $FOLDER}]" early=''
    volumes='volumes: [{name: sales, emptyDir: {}}, {name: told, emptyDir: {}}]'
    beside="- {name: teller, image: \"$IMAGE\", command: [sh, -c, \"sleep 2; exec tail -n +1 -f /sales/sold.log\"], volumeMounts: [{name: told, mountPath: /sales}],
          readinessProbe: {exec: {command: [sh, -c, \"test -e /sales/sold.log\"]}, periodSeconds: 1}}" ;;
esac
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $APP}
spec:
  replicas: 2
  strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 1}}
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      terminationGracePeriodSeconds: 1
      $early
      containers:
        - name: app
          image: "$IMAGE"
          command: [sh, -c]
          args:
            - |
              mkdir -p $FOLDER
              cash=\$(cat /proc/sys/kernel/random/uuid)
              i=0
              while true; do i=\$((i + 1)); echo "sold \$i at \$cash" >> $FOLDER/sold.log; sleep 2; done
          $mounts
        $beside
      $volumes
END
