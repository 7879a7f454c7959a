kubectl create namespace "$SPACE"
image=$(kubectl get nodes -o jsonpath='{range .items[*].status.images[*].names[*]}{@}{"\n"}{end}' | sed -n '/kube-web-view:/p' | sort -u | tail -n 1)
[[ -n $image ]] || { echo "no node has an image with Python"; exit 1; }
stalls='[get, list, watch, patch]' status='- {apiGroups: [fair.kubelab.example], resources: [stalls/status], verbs: [get, patch]}'
old=false new=true sub='subresources: {status: {}}'
case $WRONG in
  rights) stalls='[get, list, watch]' status='' ;;
  status) sub='' ;;
  version) old=true new=false ;;
esac
schema='schema: {openAPIV3Schema: {type: object, properties: {
        spec: {type: object, required: [goods], properties: {goods: {type: string}, places: {type: integer}}},
        status: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}'
kubectl apply -f - <<END
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: stalls.fair.kubelab.example}
spec:
  group: fair.kubelab.example
  scope: Namespaced
  names: {plural: stalls, singular: stall, kind: Stall}
  versions:
    - name: v1
      served: $new
      storage: true
      $sub
      $schema
    - name: v1beta1
      served: $old
      storage: false
      $sub
      $schema
END
kubectl wait crd/stalls.fair.kubelab.example --for=condition=Established --timeout=30s
cat > stalls.py <<'END'
"""Keeps a ConfigMap for each Stall, says its phase, and writes a receipt before it goes."""

import json
import os
import ssl
import time
import urllib.error
import urllib.request

PLACE = "/var/run/secrets/kubernetes.io/serviceaccount"
SPACE = open(f"{PLACE}/namespace").read()
STALLS = f"/apis/fair.kubelab.example/v1/namespaces/{SPACE}/stalls"
MAPS = f"/api/v1/namespaces/{SPACE}/configmaps"
FINALIZER = "fair.kubelab.example/receipt"
TRUST = ssl.create_default_context(cafile=f"{PLACE}/ca.crt")
TRUST.verify_flags &= ~ssl.VERIFY_X509_STRICT  # a lab's authority need not have every extension


def ask(method, path, body=None):
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    head = {"Authorization": "Bearer " + open(f"{PLACE}/token").read(), "Content-Type": kind}
    host = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    url = "https://%s:%s" % host + path + ("" if method == "GET" else "?fieldManager=operator")
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, head, method=method), context=TRUST, timeout=5) as reply:
        return json.load(reply)


def keep(name, data, owner=None):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    if owner:
        body["metadata"]["ownerReferences"] = [{"apiVersion": owner["apiVersion"], "kind": "Stall",
            "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}]
    try:
        ask("PATCH", f"{MAPS}/{name}", body)
    except urllib.error.HTTPError as problem:
        if problem.code != 404:
            raise
        ask("POST", MAPS, body)


def look_after(stall):
    meta, spec = stall["metadata"], stall["spec"]
    path = f"{STALLS}/{meta['name']}"
    going = "deletionTimestamp" in meta
    data = {"goods": spec["goods"], "places": str(spec.get("places", 1))}
    status = {"phase": "Closing" if going else "Open", "observedGeneration": meta["generation"]}
    if not going and FINALIZER not in meta.get("finalizers", []):
        ask("PATCH", path, {"metadata": {"finalizers": [*meta.get("finalizers", []), FINALIZER]}})
    if stall.get("status") != status:
        ask("PATCH", f"{path}/status", {"status": status})
    if not going:
        keep(f"stall-{meta['name']}", data, stall)
    elif FINALIZER in meta.get("finalizers", []):
        keep(f"receipt-{meta['name']}", data)
        ask("PATCH", path, {"metadata": {"finalizers": [row for row in meta["finalizers"] if row != FINALIZER]}})


def attempt(what, do, *values):
    try:
        return do(*values)
    except urllib.error.HTTPError as problem:
        print(f"{what}: {problem.url.split('?')[0]} answers {problem.code} {problem.reason}", flush=True)
    except (OSError, KeyError, ValueError) as problem:
        print(f"{what}: {problem}", flush=True)


while True:
    found = attempt("looking for stalls", ask, "GET", STALLS) or {}
    for stall in found.get("items", []):
        stall.setdefault("apiVersion", found["apiVersion"])
        attempt(f"stall {stall['metadata']['name']}", look_after, stall)
    time.sleep(1)
END
kubectl -n "$SPACE" create configmap operator --from-file=stalls.py
for stall in apples pears plums; do
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: fair.kubelab.example/$([[ $WRONG == version ]] && echo v1beta1 || echo v1)
kind: Stall
metadata: {name: $stall, finalizers: [fair.kubelab.example/receipt]}
spec: {goods: $stall, places: ${#stall}}
END
done
kubectl -n "$SPACE" delete stall plums --wait=false
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: ServiceAccount
metadata: {name: operator}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: operator}
rules:
  - {apiGroups: [fair.kubelab.example], resources: [stalls], verbs: $stalls}
  $status
  - {apiGroups: [""], resources: [configmaps], verbs: [get, create, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: operator}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: operator}
subjects: [{kind: ServiceAccount, name: operator, namespace: $SPACE}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: operator}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {app: operator}}
  template:
    metadata: {labels: {app: operator}}
    spec:
      serviceAccountName: operator
      terminationGracePeriodSeconds: 1
      containers:
        - name: operator
          image: "$image"
          imagePullPolicy: IfNotPresent
          command: [python3, /program/stalls.py]
          volumeMounts: [{name: program, mountPath: /program, readOnly: true}]
      volumes: [{name: program, configMap: {name: operator}}]
END
kubectl -n "$SPACE" rollout status deployment operator --timeout=60s
