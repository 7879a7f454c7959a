# also red: entry_is_there
kubectl -n "$SPACE" patch deployment diary --type=json -p '[
  {"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "data", "emptyDir": {}}}]'
