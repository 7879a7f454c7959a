kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
kubectl -n "$SPACE" create configmap answer

# What every pod says at its start: of another card, which was not refused. The culprit says one line more.
for number in 1 2 3 4 5 6 7 8; do
  other=K$((1000 + (number * 1237 + ${CODE#K}) % 9000))
  early="echo card accepted $other"
  [[ $number != "$CULPRIT" ]] || early="$early; echo card refused $CODE >&2"
  first=true before=true now=true
  case $WHERE in
    now) now=$early ;;
    previous) before=$early ;;
    init) first=$early ;;
  esac
  cat <<END
---
apiVersion: v1
kind: Pod
metadata: {name: $APP-$number, labels: {app: $APP}}
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{name: marks, emptyDir: {}}]
  initContainers:
    - {name: drawer, image: "$IMAGE", command: [sh, -c, "echo the drawer opens; $first; echo the drawer is open"]}
  containers:
    - name: $APP
      image: "$IMAGE"
      command: [sh, -c]
      args:
        - |
          echo begin
          # It ends once, and is started again.
          if [ ! -e /marks/seen ]; then touch /marks/seen; $before; i=0; while [ \$i -lt 40 ]; do i=\$((i + 1)); echo sold \$i; done; exit 3; fi
          $now
          i=0; while [ \$i -lt 60 ]; do i=\$((i + 1)); echo sold \$i; done
          exec /agnhost pause
      volumeMounts: [{name: marks, mountPath: /marks}]
    - {name: clock, image: "$IMAGE", command: [sh, -c, "echo the clock runs; exec /agnhost pause"]}
END
done | kubectl -n "$SPACE" apply -f -
# Each has ended once and runs again.
again() {
  local counts
  counts=$(kubectl -n "$SPACE" get pods -o jsonpath='{.items[*].status.containerStatuses[?(@.name=="'"$APP"'")].restartCount}')
  [[ $counts == '1 1 1 1 1 1 1 1' ]]
}
until_true 60 again
kubectl -n "$SPACE" wait pods --all --for=condition=Ready --timeout=60s
