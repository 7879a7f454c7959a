host=$SPACE.example
kubectl create namespace "$SPACE"
kubectl create namespace "$ELSEWHERE"
for name in "$SPACE" "$ELSEWHERE"; do until_true 10 kubectl -n "$name" get serviceaccount default; done
# Objects of the Gateway API are in no list of what is put back: undo.sh has to know which of them were there before.
kubectl -n gateway create configmap "before-$SPACE" --from-literal=names="$(kubectl get gateways,httproutes,referencegrants \
  -A -o 'jsonpath={range .items[*]}{.kind} {.metadata.namespace} {.metadata.name}{"\n"}{end}')"
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
kubectl -n "$ELSEWHERE" create secret tls door --cert=tls.crt --key=tls.key
section='' host2=$host plain=80 kind=Gateway port=80 select=orders
case $WRONG in
  route) section=', sectionName: web' host2=orders.example ;;
  listener) plain=8080 kind=HTTPRoute ;;
  backend) port=8080 select=order ;;
esac
page() { # NAMESPACE NAME SELECTOR
  cat <<END
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: $2, namespace: $1}
spec:
  replicas: 2
  selector: {matchLabels: {app: $2}}
  template:
    metadata: {labels: {app: $2}}
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
metadata: {name: $2, namespace: $1}
spec:
  selector: {app: $3}
  ports: [{port: 80, targetPort: 8080}]
END
}
route() { # NAME HOST NAMESPACE PORT PARENT
  cat <<END
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: $1, namespace: $SPACE}
spec:
  parentRefs: [{name: door$5}]
  hostnames: [$2]
  rules:
    - matches: [{path: {type: PathPrefix, value: /$1}}]
      backendRefs: [{name: $1, namespace: $3, port: $4}]
END
}
grant() { # NAME FROM KIND
  cat <<END
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: $1, namespace: $ELSEWHERE}
spec:
  from: [{group: gateway.networking.k8s.io, kind: $2, namespace: $SPACE}]
  to: [{group: "", kind: $3, name: $1}]
END
}
{ page "$SPACE" menu menu
  page "$ELSEWHERE" orders "$select"
  grant door "$kind" Secret
  [[ $WRONG == backend ]] || grant orders HTTPRoute Service
  route menu "$host" "$SPACE" "$port" "$section"
  route orders "$host2" "$ELSEWHERE" 80 ''
  cat <<END
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: $SPACE}
spec:
  gatewayClassName: traefik
  listeners:
    - {name: http, protocol: HTTP, port: $plain, hostname: $host}
    - {name: https, protocol: HTTPS, port: 443, hostname: $host, tls: {certificateRefs: [{name: door, namespace: $ELSEWHERE}]}}
END
} | kubectl apply -f -
kubectl -n "$SPACE" rollout status deployment menu --timeout=60s
kubectl -n "$ELSEWHERE" rollout status deployment orders --timeout=60s
