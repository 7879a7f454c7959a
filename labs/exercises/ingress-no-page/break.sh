host=$SPACE.example
kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
# Classes of Ingresses are in no list of what is put back: undo.sh has to know which of them were there before.
kubectl -n gateway create configmap "before-$SPACE" --from-literal=names="$(kubectl get ingressclasses -o name)"
"$PYTHON" - "$host" <<'END'
import datetime, os, pathlib, sys
from kubelab.pki import certificates
ca = pathlib.Path(os.environ["KEYS"], "kubernetes")
by = certificates.found({f"ca.{end}": (ca / f"ca.{end}").read_bytes() for end in ("crt", "key")}, "ca")
name = sys.argv[1]
wanted = certificates.Wanted(path=name, authority="kubernetes", name=name, usages=(certificates.SERVER,), sans=(name,))
pair = certificates.leaf(wanted, by, datetime.datetime.now(datetime.UTC), datetime.timedelta(days=30)).pair
pathlib.Path("tls.crt").write_bytes(pair.certificate)
pathlib.Path("tls.key").write_bytes(pair.key)
END
kubectl -n "$SPACE" create secret tls inn --cert=tls.crt --key=tls.key
class=traefik host2=$host port=web select=tables secret=inn type=Prefix
case $WRONG in
  class) class=nginx host2=tables.example ;;
  backend) port=http select=table ;;
  certificate) secret=inn-tls type=Exact ;;
esac
page() { # NAME SELECTOR HOST CLASS PORT TYPE
  cat <<END
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1, namespace: $SPACE}
spec:
  replicas: 2
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: "$IMAGE"
          args: [serve-hostname, --port=8080]
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: $1, namespace: $SPACE}
spec:
  selector: {app: $2}
  ports: [{name: web, port: 80, targetPort: 8080}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: $1, namespace: $SPACE}
spec:
  ingressClassName: $4
  tls: [{hosts: [$3], secretName: $secret}]
  rules:
    - host: $3
      http: {paths: [{path: /$1, pathType: $6, backend: {service: {name: $1, port: {name: $5}}}}]}
END
}
{ page menu menu "$host" "$class" "$port" Prefix
  page tables "$select" "$host2" traefik web "$type"; } | kubectl apply -f -
for name in menu tables; do kubectl -n "$SPACE" rollout status deployment "$name" --timeout=60s; done
