# A volume in memory, mounted at the same place in both; a loop instead of tail, a second sidecar beside it.
kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[
  {"op":"add","path":"/spec/template/spec/volumes","value":[{"name":"memory","emptyDir":{"medium":"Memory","sizeLimit":"8Mi"}}]},
  {"op":"add","path":"/spec/template/spec/containers/0/volumeMounts","value":[{"name":"memory","mountPath":"'"$FOLDER"'"}]},
  {"op":"add","path":"/spec/template/spec/initContainers","value":[
    {"name":"clock","image":"'"$IMAGE"'","restartPolicy":"Always"},
    {"name":"teller","image":"'"$IMAGE"'","restartPolicy":"Always","volumeMounts":[{"name":"memory","mountPath":"'"$FOLDER"'","readOnly":true}],
     "command":["sh","-c","n=1; while true; do tail -n +$n '"$FOLDER"'/sold.log 2> /dev/null | tee /tmp/new; n=$((n + $(wc -l < /tmp/new))); sleep 1; done"]}]},
  {"op":"replace","path":"/spec/template/spec/containers","value":'"$(kubectl -n "$SPACE" get deployment "$APP" -o json \
    | "$PYTHON" -c 'import json, os, sys
boxes = json.load(sys.stdin)["spec"]["template"]["spec"]["containers"]
print(json.dumps([{**boxes[0], "volumeMounts": [{"name": "memory", "mountPath": os.environ["FOLDER"]}]}]))')"'}]'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
