# Every output that a pod has, of all its containers, the one before the restart too.
for pod in $(kubectl -n "$SPACE" get pods -o name); do
  { kubectl -n "$SPACE" logs "$pod" --all-containers
    kubectl -n "$SPACE" logs "$pod" -c "$APP" --previous
  } > said.txt
  code=$(sed -n 's/^card refused //p' said.txt)
  [[ -z $code ]] || kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"pod":"'"${pod#pod/}"'","code":"'"$code"'"}}'
done
