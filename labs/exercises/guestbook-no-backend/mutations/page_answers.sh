# also red: all_frontends_serve
kubectl -n guestbook patch service frontend --type=json -p '[{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 9999}]'
