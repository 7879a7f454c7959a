# shellcheck shell=bash
# Functions for the scripts of faults. Each script gets them on standard input, never as a file in the box.
# ARCHIVE is a tar in base64: the material of an injection, or the originals that clearing puts back.
set -euo pipefail
export PATH=/opt/bin:$PATH HOME=/root KUBECONFIG=/etc/kubernetes/addons/kubeconfig
umask 022
GIVEN=$(mktemp -d /run/kubelab-XXXXXX) # 0700 and in memory
trap 'rm -rf "$GIVEN"' EXIT
[[ -z ${ARCHIVE:-} ]] || base64 -d <<< "$ARCHIVE" | tar -xp -C "$GIVEN"

fail() { printf '%s\n' "$*" >&2; exit 1; }

# limit SECONDS: print a time limit, ten times as long where the processor is emulated, as in provision/lib.sh.
limit() { if [[ $(systemd-detect-virt) == qemu ]]; then echo "${1}0"; else echo "$1"; fi; }

# wait_for SECONDS WHAT COMMAND…: try until it succeeds; say what was missing when time is up.
wait_for() {
  local end what=$2
  end=$((SECONDS + $(limit "$1")))
  shift 2
  until "$@" > /dev/null 2>&1; do
    ((SECONDS < end)) || fail "$what did not come in time"
    sleep 0.3
  done
}

# staged PATH: print the path of its new content: on the same file system, outside the folder of manifests.
staged() {
  [[ $1 != /etc/kubernetes/manifests/* ]] || { echo /etc/kubernetes/.kubelab-staged; return; }
  echo "$(dirname "$1")/.kubelab-staged"
}

# edit PATH FILTER…: replace a file by the filter's output, in one rename. The filter must change something.
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

# put PATH…: restore each from the archive: a link, or a file that differs (in one rename). Remove a path that it lacks.
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
  systemctl reset-failed "$1.service" 2> /dev/null || true # the unit may exit with an error when stopped
}
on() {
  put "/etc/systemd/system/multi-user.target.wants/$1.service"
  systemctl daemon-reload
  systemctl reset-failed "$1.service" 2> /dev/null || true
  systemctl start --no-block "$1.service"
}

# again UNIT: restart it without waiting, even after too many failures.
again() {
  systemctl reset-failed "$1.service" 2> /dev/null || true
  systemctl restart --no-block "$1.service"
}

# rerun NAME: end a static pod's container. The kubelet starts it again, and it reads its present files.
rerun() {
  local ids
  mapfile -t ids < <(crictl --timeout 20s ps --quiet --label "io.kubernetes.container.name=$1")
  ((${#ids[@]} == 0)) || wait_for 60 "the end of $1" ended "${ids[@]}"
}
ended() {
  local running
  crictl --timeout 20s stop --timeout 2 "$@" || true # crictl fails if a container has already ended
  running=$(crictl --timeout 20s ps --quiet --no-trunc) || return 1
  ! grep -qF "$(printf '%s\n' "$@")" <<< "$running"
}

# api: wait for the API server, which may still be starting after another fault was cleared.
api() { wait_for 120 "the API server" kubectl get --raw /readyz; }

# change KIND NAME NAMESPACE FILTER…: replace an object by jq's output. It keeps its identity.
change() {
  local kind=$1 name=$2 space=$3
  shift 3
  api
  kubectl get "$kind" "$name" -n "${space/#-/default}" -o json | jq . > "$GIVEN/before"
  jq "$@" < "$GIVEN/before" > "$GIVEN/after"
  ! cmp -s "$GIVEN/before" "$GIVEN/after" || fail "$kind $name has nothing to change"
  kubectl replace -f "$GIVEN/after" > /dev/null
}

# revert KIND NAME NAMESPACE: restore an object from the archive; `-` for no namespace. If the object was deleted and
# made again, replace the new one. If that fails on an immutable field (an address), delete and create it.
revert() {
  api
  jq 'del(.metadata.resourceVersion, .metadata.managedFields, .status)' "$GIVEN/objects/$1.$2.$3.json" > "$GIVEN/after"
  ! kubectl replace -f "$GIVEN/after" > /dev/null 2>&1 || return 0
  jq 'del(.metadata.uid)' "$GIVEN/after" > "$GIVEN/anew"
  ! kubectl replace -f "$GIVEN/anew" > /dev/null 2>&1 || return 0
  kubectl replace --force --timeout=60s -f "$GIVEN/anew" > /dev/null
}

# had KIND NAME NAMESPACE: whether the archive has the object: it existed before the injection.
had() { [[ -e $GIVEN/objects/$1.$2.$3.json ]]; }

# drop KIND NAME NAMESPACE: delete an object of an injection, unless it existed before.
drop() {
  ! had "$@" || return 0
  api
  kubectl delete "$1" "$2" -n "${3/#-/default}" --ignore-not-found --wait=false > /dev/null
}

# own_rules: print the firewall's rules that are not kube-proxy's, Calico's or flannel's.
own_rules() {
  local chain
  for chain in INPUT FORWARD OUTPUT; do iptables -w -S "$chain"; done |
    grep '^-A' | grep -vE -e '-j (KUBE|cali|FLANNEL)' -e '-m comment' || true
}

# store WORD…: run etcdctl on an etcd machine with its own client certificate, for at most 3 s.
store() (
  set -a
  # shellcheck source=/dev/null
  . /etc/etcd/etcdctl.env
  exec etcdctl --command-timeout=3s "$@"
)

# forget_replica_sets DEPLOYMENT NAMESPACE: after the rollout, delete replica sets that the archive lacks.
forget_replica_sets() {
  kubectl rollout status deployment "$1" -n "$2" --timeout=90s > /dev/null
  local kept=$GIVEN/objects/replicasets.all.$2.json
  kubectl get replicasets -n "$2" -o json | jq -r --arg of "$1" --slurpfile kept "$kept" \
    '([$kept[0].items[].metadata.uid]) as $old | .items[].metadata | select(.ownerReferences[0].name == $of)
     | select(.uid | IN($old[]) | not) | .name' | xargs -r kubectl delete replicasets -n "$2" > /dev/null
}
