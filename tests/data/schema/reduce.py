"""Makes schema-SET.json: the fields that the programs' own sources accept, limited to the kinds that are rendered.

python tests/data/schema/reduce.py FOLDER   # the Go module cache: ~/.cache/kubelab/go/mod after components.build
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

Schema = dict[str, Any]
SETS = {"1.36": ("1.36.3", "3.6.16"), "1.37": ("1.37.1", "3.7.1")}
"""Version set to its Kubernetes and its etcd; the rest is the same in all of them."""
CONTAINERD = "github.com/containerd/containerd/v2@v2.3.4"
CRI = f"{CONTAINERD}/internal/cri/config"
GATEWAY_API = "sigs.k8s.io/gateway-api@v1.6.1/config/crd/standard"

KINDS = (
    *(f"v1/{kind}" for kind in ("ConfigMap", "Namespace", "PersistentVolume", "PersistentVolumeClaim")),
    *(f"v1/{kind}" for kind in ("Pod", "Service", "ServiceAccount")),
    *(f"rbac.authorization.k8s.io/v1/{kind}" for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")),
    "apps/v1/DaemonSet",
    "apps/v1/Deployment",
    "networking.k8s.io/v1/IngressClass",
    "networking.k8s.io/v1/NetworkPolicy",
    "storage.k8s.io/v1/StorageClass",
    "apiregistration.k8s.io/v1/APIService",
    "apiextensions.k8s.io/v1/CustomResourceDefinition",
)
"""Objects of the API: from Kubernetes' OpenAPI document."""
CUSTOM = {
    f"metallb.io/v1beta1/{kind}": f"go.universe.tf/metallb@v0.16.1/config/crd/bases/metallb.io_{kind.lower()}s.yaml"
    for kind in ("IPAddressPool", "L2Advertisement")
} | {
    f"gateway.networking.k8s.io/v1/{kind}": f"{GATEWAY_API}/gateway.networking.k8s.io_{plural}.yaml"
    for kind, plural in (("Gateway", "gateways"), ("GatewayClass", "gatewayclasses"))
}
"""Objects of kinds that an add-on brings: from its own definitions of them."""
FILES = {
    "kubelet.config.k8s.io/v1beta1/KubeletConfiguration": "k8s.io/kubelet@{libraries}/config/v1beta1",
    "kubeproxy.config.k8s.io/v1alpha1/KubeProxyConfiguration": "k8s.io/kube-proxy@{libraries}/config/v1alpha1",
    "apiserver.config.k8s.io/v1/AdmissionConfiguration": "k8s.io/apiserver@{libraries}/pkg/apis/apiserver/v1",
    "apiserver.config.k8s.io/v1/AuthenticationConfiguration": "k8s.io/apiserver@{libraries}/pkg/apis/apiserver/v1",
    "apiserver.config.k8s.io/v1/EncryptionConfiguration": "k8s.io/apiserver@{libraries}/pkg/apis/apiserver/v1",
    "audit.k8s.io/v1/Policy": "k8s.io/apiserver@{libraries}/pkg/apis/audit/v1",
    "pod-security.admission.config.k8s.io/v1/PodSecurityConfiguration": (
        "k8s.io/pod-security-admission@{libraries}/admission/api/v1"
    ),
    "v1/Config": "k8s.io/client-go@{libraries}/tools/clientcmd/api/v1",
}
"""Configuration files of Kubernetes' programs: from the Go types that they are read into."""
OTHERS = {
    "etcd": ("go.etcd.io/etcd/server/v3@v{etcd}/embed", "configYAML", "json"),
    "containerd": (f"{CONTAINERD}/cmd/containerd/server/config", "Config", "toml"),
    "containerd/io.containerd.cri.v1.images": (CRI, "ImageConfig", "toml"),
    "containerd/io.containerd.cri.v1.runtime": (CRI, "RuntimeConfig", "toml"),
}
"""Other programs' files: folder, Go type, and the tag that names its fields."""
PLAIN: dict[str, Schema] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "metav1.Duration": {"type": "string"},
    "metav1.TypeMeta": {"properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}},
    "runtime.RawExtension": {},
    "runtime.Unknown": {},
    "metav1.Time": {"type": "string"},
    "metav1.MicroTime": {"type": "string"},
    "any": {},
    "interface{}": {},
    "[]byte": {"type": "string"},
    "time.Duration": {"type": "integer"},
}
NUMBER = re.compile(r"u?int(8|16|32|64)?|float(32|64)")
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"


class Go:
    """The structs of Go packages as JSON schemas, as far as their tags tell."""

    def __init__(self, cache: Path, libraries: str) -> None:
        """Read packages below the module cache; `libraries` is the version of Kubernetes' own modules."""
        self.cache, self.libraries = cache, libraries
        self.definitions: dict[str, Schema] = {}

    def struct(self, folder: str, name: str, tag: str) -> Schema:
        """Return a reference to a struct's schema; what is no struct there is its underlying type or anything."""
        key = re.sub("[/@]", ".", f"go.{folder}.{name}")  # a slash would be read as a step into it
        if key not in self.definitions:
            self.definitions[key] = {}
            text = self._text(folder)
            found = re.search(rf"(?m)^(?:type )?\t?{name} struct {{\n(.*?)^\t?}}", text, re.DOTALL)
            under = re.search(rf"(?m)^type {name}\b =? ?([\w.\[\]*]+)$", text)
            if found:
                self.definitions[key] = self._fields(folder, found[1], tag)
            elif under:
                self.definitions[key] = self._type(folder, under[1], tag)
        return {"$ref": f"#/definitions/{key}"}

    def _fields(self, folder: str, body: str, tag: str) -> Schema:
        properties: Schema = {}
        for line in body.splitlines():
            row = re.match(rf'\s+(?:(\w+)\s+)?([\w.\[\]*{{}}]+)(?:\s+`.*?{tag}:"([^"]*)".*`)?\s*(?://.*)?$', line)
            if not row or line.strip().startswith("//"):
                continue
            name, kind, label = row[1], row[2], (row[3] or "").split(",")
            if label[0] == "-" or (name and not row[3]):
                continue
            schema = self._type(folder, kind, tag)
            if label[0]:
                properties[label[0]] = schema
            else:  # embedded: its fields are ours
                properties |= self._resolved(schema).get("properties", {})
        # One that names no field is read by code of its own: nothing is known of it.
        return {"type": "object", "properties": properties, "additionalProperties": False} if properties else {}

    def _type(self, folder: str, kind: str, tag: str) -> Schema:
        kind = kind.removeprefix("*")
        if kind in PLAIN:
            return PLAIN[kind]
        if NUMBER.fullmatch(kind):
            return {"type": "number"}
        if kind.startswith("[]"):
            return {"type": "array", "items": self._type(folder, kind[2:], tag)}
        if kind.startswith("map["):
            return {"type": "object", "additionalProperties": self._type(folder, kind.split("]", 1)[1], tag)}
        if "." not in kind:
            return self.struct(folder, kind, tag)
        package, name = kind.split(".")
        elsewhere = self._imported(folder, package)
        return self.struct(elsewhere, name, tag) if elsewhere else {}

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.definitions[schema["$ref"].removeprefix("#/definitions/")]
        return schema

    def _imported(self, folder: str, package: str) -> str:
        """Return the folder of an imported package of Kubernetes; nothing for others, not looked at."""
        rows = re.findall(r'(?m)^(?:import )?\t?(\w+ )?"(k8s\.io/[\w-]+)/([\w./-]+)"$', self._text(folder))
        for alias, module, path in rows:
            if (alias.strip() or path.rsplit("/", 1)[-1]) == package:
                return f"{module}@{self.libraries}/{path}"
        return ""

    def _text(self, folder: str) -> str:
        files = sorted((self.cache / folder).glob("*.go"))
        wanted = [path for path in files if not path.name.startswith("zz_") and not path.name.endswith("_test.go")]
        return "".join(path.read_text(encoding="utf-8") for path in wanted)


def objects(cache: Path, kubernetes: str) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Return kind to reference, and the definitions that they need, of Kubernetes' OpenAPI document."""
    document = cache / f"k8s.io/kubernetes@v{kubernetes}/api/openapi-spec/swagger.json"
    definitions = json.loads(document.read_text(encoding="utf-8"))["definitions"]
    roots = {}
    for name, schema in definitions.items():
        for row in schema.get("x-kubernetes-group-version-kind", []):
            kind = "/".join(part for part in (row["group"], row["version"], row["kind"]) if part)
            if kind in KINDS:
                roots[kind] = {"$ref": f"#/definitions/{name}"}
    needed: dict[str, Schema] = {}
    waiting = [root["$ref"] for root in roots.values()]
    while waiting:
        name = waiting.pop().removeprefix("#/definitions/")
        if name not in needed:
            needed[name] = _strict(name, definitions[name])
            waiting += re.findall(r"#/definitions/[\w.-]+", json.dumps(needed[name]))
    return roots, needed


def custom(file: Path, version: str) -> Schema:
    """Return the schema of a version in the definition of a kind."""
    versions = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]["versions"]
    (found,) = [row["schema"]["openAPIV3Schema"] for row in versions if row["name"] == version]
    closed: Schema = _closed(_bare(found))
    return closed


def _closed(schema: Any) -> Any:
    """Return a schema in which a field that is not listed is an error, at every depth but an object's metadata."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(value) for key, value in schema.items()}
    return {**found, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else found


def _strict(name: str, schema: Schema) -> Schema:
    """Return a definition without words, in which a field that is not listed is an error."""
    if name == QUANTITY:
        return {"type": ["string", "number"]}
    kept: Schema = _bare(schema)
    if "properties" in kept:
        kept["additionalProperties"] = False
    return kept


def _bare(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string":
        return {"type": ["string", "integer"]}
    found = {}
    for key, value in schema.items():
        if key == "properties":
            found[key] = {name: _bare(item) for name, item in value.items()}
        elif key in ("$ref", "type", "items", "required", "enum", "additionalProperties"):
            found[key] = _bare(value)
    return found


def main(cache: Path) -> None:
    """Write the schema of each version set beside this file."""
    for name, (kubernetes, etcd) in SETS.items():
        write(cache, name, kubernetes, etcd)


def write(cache: Path, name: str, kubernetes: str, etcd: str) -> None:
    """Write the schema of one version set."""
    libraries = f"v0.{kubernetes.partition('.')[2]}"
    roots, definitions = objects(cache, kubernetes)
    go = Go(cache, libraries)
    for kind, folder in FILES.items():
        roots[kind] = go.struct(folder.format(libraries=libraries), kind.rsplit("/", 1)[-1], "json")
    roots |= {kind: go.struct(folder.format(etcd=etcd), *row) for kind, (folder, *row) in OTHERS.items()}
    roots |= {kind: custom(cache / file, kind.split("/")[1]) for kind, file in CUSTOM.items()}
    whole = {"version": kubernetes, "kinds": roots, "definitions": definitions | go.definitions}
    target = Path(__file__).with_name(f"schema-{name}.json")
    target.write_text(json.dumps(whole, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(roots)} kinds, {len(whole['definitions'])} definitions, {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
