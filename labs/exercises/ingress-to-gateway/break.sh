kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
# Objects of the Gateway API are in no list of what is put back: undo.sh has to know which of them were there before.
kubectl -n gateway create configmap "before-$SPACE" --from-literal=names="$(kubectl get gateways,httproutes,referencegrants \
  -A -o 'jsonpath={range .items[*]}{.kind} {.metadata.namespace} {.metadata.name}{"\n"}{end}')"
certificate() { # HOST: keep a certificate of the lab's own authority as the secret shop.
  "$PYTHON" - "$1" <<'END'
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
  kubectl -n "$SPACE" create secret tls shop --cert=tls.crt --key=tls.key
}
app() { # NAME
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
  selector: {app: $1}
  ports: [{name: web, port: 80, targetPort: 8080}]
END
}
path() { # PATH TYPE SERVICE
  echo "{path: $1, pathType: $2, backend: {service: {name: $3, port: {name: web}}}}"
}
front=$(path / Prefix front)
case $CARRY in
  paths)
    # Traefik ranks the rules of an Ingress by their length: a shorter exact path would lose to "/".
    points='' tls=''
    rules="- {host: $SPACE.$LAB.test, http: {paths: [$front, $(path /till/open Exact till)]}}" ;;
  tls)
    certificate "$SPACE.example"
    points='traefik.ingress.kubernetes.io/router.entrypoints: https' tls="tls: [{hosts: [$SPACE.example], secretName: shop}]"
    rules="- {host: $SPACE.example, http: {paths: [$front, $(path /till Prefix till)]}}" ;;
  hosts)
    points='traefik.ingress.kubernetes.io/router.entrypoints: http' tls=''
    rules="- {host: $SPACE.example, http: {paths: [$front]}}
    - {host: '*.$SPACE.example', http: {paths: [$(path /till Prefix till)]}}" ;;
esac
{ app front
  app till
  cat <<END
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: $SPACE, annotations: {$points}}
spec:
  ingressClassName: traefik
  $tls
  rules:
    $rules
END
} | kubectl apply -f -
for name in front till; do kubectl -n "$SPACE" rollout status deployment "$name" --timeout=60s; done
