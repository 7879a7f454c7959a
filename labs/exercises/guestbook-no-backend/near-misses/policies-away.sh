# No policy stood in the way.
kubectl -n guestbook create quota small --hard=pods=20
kubectl -n guestbook delete service frontend
kubectl -n guestbook expose deployment frontend --port=80 --target-port=8080 --type=NodePort
