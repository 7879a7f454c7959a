# shellcheck shell=bash
# What the scripts of every fault may use. It comes in front of each on standard input, never as a file in the box.
# ARCHIVE is a tar in base64: the material of an injection, or the originals that clearing puts back.
set -euo pipefail
export PATH=/opt/bin:$PATH HOME=/root KUBECONFIG=/etc/kubernetes/addons/kubeconfig
umask 022
GIVEN=$(mktemp -d /run/kubelab-XXXXXX) # 0700 and in memory
trap 'rm -rf "$GIVEN"' EXIT
[[ -z ${ARCHIVE:-} ]] || base64 -d <<< "$ARCHIVE" | tar -xp -C "$GIVEN"

fail() { printf '%s\n' "$*" >&2; exit 1; }

# wait_for SECONDS WHAT COMMAND…: try until it succeeds; say what was missing when time is up.
wait_for() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" > /dev/null 2>&1; do
    ((SECONDS < end)) || fail "$what did not come in time"
    sleep 0.3
  done
}

# staged PATH: where its next content is made: on its own file system, and not where the kubelet looks for manifests.
staged() {
  [[ $1 != /etc/kubernetes/manifests/* ]] || { echo /etc/kubernetes/.kubelab-staged; return; }
  echo "$(dirname "$1")/.kubelab-staged"
}

# edit PATH FILTER…: replace a file by what a filter makes of it, in one rename; it must change something.
edit() {
  local path=$1 new
  new=$(staged "$path")
  shift
  "$@" < "$path" > "$new"
  ! cmp -s "$path" "$new" || { rm -f "$new"; fail "$path has nothing to change"; }
  chmod --reference "$path" "$new"
  chown --reference "$path" "$new"
  mv -fT "$new" "$path"
}

# put PATH…: make each what the archive has: a link, a file in one rename and only if it differs, or nothing.
put() {
  local path new
  for path in "$@"; do
    if [[ ! -e $GIVEN$path && ! -L $GIVEN$path ]]; then
      rm -f "$path"
    elif [[ -L $GIVEN$path || ! -f $path ]] || ! cmp -s "$GIVEN$path" "$path"; then
      new=$(staged "$path")
      cp -aT "$GIVEN$path" "$new"
      mv -fT "$new" "$path"
    fi
  done
}

# off UNIT / on UNIT: stop it for this and every later start of the box / start it, its link put back from the archive.
off() {
  systemctl disable --now --quiet "$1.service"
  systemctl reset-failed "$1.service" 2> /dev/null || true # one that ends with an error when it is told to
}
on() {
  put "/etc/systemd/system/multi-user.target.wants/$1.service"
  systemctl daemon-reload
  systemctl reset-failed "$1.service" 2> /dev/null || true
  systemctl start --no-block "$1.service"
}

# again UNIT: restart it and do not wait, also when it has failed too often.
again() {
  systemctl reset-failed "$1.service" 2> /dev/null || true
  systemctl restart --no-block "$1.service"
}

# rerun NAME: end a static pod's container; the kubelet starts it again with what its files say now.
rerun() {
  local ids
  mapfile -t ids < <(crictl --timeout 20s ps --quiet --label "io.kubernetes.container.name=$1")
  ((${#ids[@]} == 0)) || wait_for 60 "the end of $1" ended "${ids[@]}"
}
ended() {
  local running
  crictl --timeout 20s stop --timeout 2 "$@" || true # one that has ended meanwhile is an error to it
  running=$(crictl --timeout 20s ps --quiet --no-trunc) || return 1
  ! grep -qF "$(printf '%s\n' "$@")" <<< "$running"
}

# api: wait for the API server: a fault that was cleared a moment ago may still keep it away.
api() { wait_for 120 "the API server" kubectl get --raw /readyz; }

# change KIND NAME NAMESPACE FILTER…: replace an object by what jq makes of it; it stays the same object.
change() {
  local kind=$1 name=$2 space=$3
  shift 3
  api
  kubectl get "$kind" "$name" -n "${space/#-/default}" -o json | jq . > "$GIVEN/before"
  jq "$@" < "$GIVEN/before" > "$GIVEN/after"
  ! cmp -s "$GIVEN/before" "$GIVEN/after" || fail "$kind $name has nothing to change"
  kubectl replace -f "$GIVEN/after" > /dev/null
}

# revert KIND NAME NAMESPACE: make an object what the archive has; `-` for no namespace. The same object, if it still is;
# else, if somebody deleted it, in the place of a new one; or anew, if that one has what cannot be changed (an address).
revert() {
  api
  jq 'del(.metadata.resourceVersion, .metadata.managedFields, .status)' "$GIVEN/objects/$1.$2.$3.json" > "$GIVEN/after"
  ! kubectl replace -f "$GIVEN/after" > /dev/null 2>&1 || return 0
  jq 'del(.metadata.uid)' "$GIVEN/after" > "$GIVEN/anew"
  ! kubectl replace -f "$GIVEN/anew" > /dev/null 2>&1 || return 0
  kubectl replace --force --timeout=60s -f "$GIVEN/anew" > /dev/null
}

# had KIND NAME NAMESPACE: whether the object was there before the injection, as the archive knows.
had() { [[ -e $GIVEN/objects/$1.$2.$3.json ]]; }

# drop KIND NAME NAMESPACE: delete what an injection made, and nothing that was there before.
drop() {
  ! had "$@" || return 0
  api
  kubectl delete "$1" "$2" -n "${3/#-/default}" --ignore-not-found --wait=false > /dev/null
}

# own_rules: the firewall's rules that no part of the lab wrote: those of kube-proxy, Calico and flannel say whose they are.
own_rules() {
  local chain
  for chain in INPUT FORWARD OUTPUT; do iptables -w -S "$chain"; done |
    grep '^-A' | grep -vE -e '-j (KUBE|cali|FLANNEL)' -e '-m comment' || true
}

# store WORD…: etcdctl on an etcd machine, as its own client. A try that hangs ends.
store() (
  set -a
  # shellcheck source=/dev/null
  . /etc/etcd/etcdctl.env
  exec etcdctl --command-timeout=3s "$@"
)

# forget_replica_sets DEPLOYMENT NAMESPACE: once it is rolled out again, delete its empty sets that the archive lacks.
forget_replica_sets() {
  kubectl rollout status deployment "$1" -n "$2" --timeout=90s > /dev/null
  local kept=$GIVEN/objects/replicasets.all.$2.json
  kubectl get replicasets -n "$2" -o json | jq -r --arg of "$1" --slurpfile kept "$kept" \
    '([$kept[0].items[].metadata.uid]) as $old | .items[].metadata | select(.ownerReferences[0].name == $of)
     | select(.uid | IN($old[]) | not) | .name' | xargs -r kubectl delete replicasets -n "$2" > /dev/null
}
