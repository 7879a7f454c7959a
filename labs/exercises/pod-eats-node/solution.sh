# Every container of the three namespaces, the hungriest first: namespace, pod, container, millicores, mebibytes.
column=4
[[ $WHAT == CPU ]] || column=5
measured() {
  local space most next
  for space in "$SPACE" "$SPACE-next" "$SPACE-new"; do
    kubectl -n "$space" top pods --containers --no-headers | sed "s/^/$space /"
  done | sort -k "$column,${column}nr" > top.txt
  [[ $(wc -l < top.txt) == 18 ]] || return 1
  # Until it is far ahead: the first figures are of the time in which the pods began.
  { read -ra most; read -ra next; } < top.txt
  ((${most[column - 1]//[!0-9]/} >= 3 * ${next[column - 1]//[!0-9]/} + 10))
}
until_true 75 measured
read -r space pod container _ < top.txt
kubectl -n "$SPACE" patch configmap answer --type=merge \
  -p '{"data":{"namespace":"'"$space"'","pod":"'"$pod"'","container":"'"$container"'"}}'
kubectl -n "$space" scale deployment "${pod%-*-*}" --replicas=0
