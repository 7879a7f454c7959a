for space in "$SPACE" "$SPACE-next" "$SPACE-new"; do kubectl create namespace "$space"; done
for space in "$SPACE" "$SPACE-next" "$SPACE-new"; do until_true 10 kubectl -n "$space" get serviceaccount default; done

# All containers have one program, and numbers that look alike: what is left of them by 97 is how much it does.
box_of() { # NAME TURNS ROOM
  cat <<END
        - name: $1
          image: "$IMAGE"
          env: [{name: TURNS, value: "$((97 * (31 + number) + $2))"}, {name: ROOM, value: "$((97 * (67 - number) + $3))"}]
          command: [sh, -c]
          args:
            - |
              dd if=/dev/zero of=/dev/shm/$1 bs=512k count=\$((ROOM % 97))
              while true; do
                turns=\$((TURNS % 97 * 10000))
                while [ \$turns -gt 0 ]; do turns=\$((turns - 1)); done
                sleep 1
              done
          resources: {requests: {cpu: 5m, memory: 8Mi}, limits: {cpu: 200m, memory: 96Mi}}
END
}
# This one uses most of what is not asked for.
decoy=$SPACE/till
[[ -n $ENDING ]] || decoy=$SPACE-new/till
number=0
for space in "$SPACE" "$SPACE-next" "$SPACE-new"; do
  for name in till scales lamp; do
    number=$((number + 1))
    app=(1 1) clock=(0 0)
    if [[ $space == "$SPACE$ENDING" && $name == "$CULPRIT" ]]; then
      case $WHAT-$CONTAINER in CPU-app) app=(96 1) ;; CPU-clock) clock=(96 0) ;; memory-app) app=(1 96) ;; esac
    elif [[ $space/$name == "$decoy" ]]; then
      case $WHAT in CPU) app=(1 40) ;; memory) app=(40 1) ;; esac
    fi
    cat <<END
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: $name, namespace: $space}
spec:
  replicas: 1
  selector: {matchLabels: {app: $name}}
  template:
    metadata: {labels: {app: $name}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
$(box_of app "${app[@]}")
$(box_of clock "${clock[@]}")
END
  done
done | kubectl apply -f -
for space in "$SPACE" "$SPACE-next" "$SPACE-new"; do
  kubectl -n "$space" wait deployments --all --for=condition=Available --timeout=90s
done
# What is newer than the answer was made anew since.
kubectl -n "$SPACE" create configmap answer
