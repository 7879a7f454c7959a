# By the figures as the API has them, and by the owners that the objects name.
cat > eats.py <<'END'
import json, os, subprocess, sys
UNITS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "Ki": 1024, "Mi": 1 << 20}
def amount(text):
    unit = text.lstrip("0123456789")
    return float(text[: len(text) - len(unit)]) * UNITS.get(unit, 1)
def asked(*words):
    return json.loads(subprocess.check_output(["kubectl", *words]))
resource = "cpu" if os.environ["WHAT"] == "CPU" else "memory"
rows = []
for space in (os.environ["SPACE"] + ending for ending in ("", "-next", "-new")):
    for pod in asked("get", "--raw", f"/apis/metrics.k8s.io/v1beta1/namespaces/{space}/pods")["items"]:
        for box in pod["containers"]:
            rows.append((amount(box["usage"][resource]), space, pod["metadata"]["name"], box["name"]))
rows.sort(reverse=True)
if len(rows) < 18 or rows[0][0] < 3 * rows[1][0]:
    sys.exit("not measured yet")
_, space, pod, container = rows[0]
owner = asked("-n", space, "get", "pod", pod, "-o", "json")["metadata"]["ownerReferences"][0]
owner = asked("-n", space, "get", "replicaset", owner["name"], "-o", "json")["metadata"]["ownerReferences"][0]
print(space, pod, container, owner["name"])
END
found() { "$PYTHON" eats.py > found.txt; }
until_true 75 found
read -r space pod container owner < found.txt
printf '{"data": {"namespace": "%s", "pod": "%s/%s", "container": " %s\\n"}}' "$space" "$space" "$pod" "$container" > answer.json
kubectl -n "$SPACE" patch configmap answer --type=merge --patch-file=answer.json
kubectl -n "$space" patch deployment "$owner" --subresource=scale --type=merge -p '{"spec":{"replicas":0}}'
