# Who asked for it, and was not refused (403)?
box "$CONTROL_PLANE" "jq -r 'select(.objectRef.namespace == \"$SPACE\" and .objectRef.resource == \"${KIND}s\")
  | select(.verb | startswith(\"delete\")) | select(.responseStatus.code == 200)
  | select(.user.username | startswith(\"system:serviceaccount:$SPACE:\"))
  | [.verb, .user.username] | @tsv' /var/log/kubernetes/audit.log | tail -1" > found
read -r verb user < found
kubectl -n "$SPACE" patch configmap answer --type=merge -p "{\"data\":{\"account\":\"${user##*:}\",\"verb\":\"$verb\"}}"
