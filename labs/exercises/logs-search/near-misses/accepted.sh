# The right pod, and the code of the card that it took.
for pod in $(kubectl -n "$SPACE" get pods -o name); do
  { kubectl -n "$SPACE" logs "$pod" --all-containers
    kubectl -n "$SPACE" logs "$pod" -c "$APP" --previous
  } > said.txt
  grep -q 'card refused' said.txt || continue
  code=$(sed -n 's/^card accepted //p' said.txt)
  kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"pod":"'"${pod#pod/}"'","code":"'"$code"'"}}'
done
