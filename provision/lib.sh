# shellcheck shell=bash
# Functions for every step. A step does one thing, is safe to repeat, and ends in bounded time.
set -euo pipefail

export BOX=${BOX:-/opt/kubelab/box}      # the folder that this box applies, read-only
export STATE=/var/lib/kubelab            # the box's own notes: what it has applied
export PATH=/opt/bin:$PATH
RECORD=$STATE/applied.tsv                # rows of files.tsv that are in place
RESTART=$STATE/restart                   # units that await a restart
export RESTART_PODS=$STATE/restart-pods  # static pods that await a restart
export REPAIR=$STATE/repair               # exists during a repair, which undoes hand-made changes

say() { printf 'kubelab: %s\n' "$*"; }
fail() { printf 'kubelab: FAILED: %s\n' "$*" >&2; exit 1; }

# step NAME ARGUMENT…: run one step and keep its time for the timeline.
step() {
  local begin=$EPOCHREALTIME
  "$BOX/steps/$1.sh" "${@:2}" || fail "step $*"
  printf '%s\t%s\t%s\n' "$begin" "$EPOCHREALTIME" "$*" >> "$STATE/timeline.tsv"
}

# limit SECONDS: print a time limit, ten times as long where the processor is emulated (EMULATION in kubelab/model.py).
limit() { if [[ $(systemd-detect-virt) == qemu ]]; then echo "${1}0"; else echo "$1"; fi; }

# wait_for SECONDS WHAT COMMAND…: try until it succeeds; say what was missing when time is up.
wait_for() {
  local end what=$2
  end=$((SECONDS + $(limit "$1")))
  shift 2
  until "$@" > /dev/null 2>&1; do
    ((SECONDS < end)) || fail "$what did not come in time"
    sleep 0.1
  done
}

# restart UNIT: restart it and wait until it is active again. Its journal says why if it fails.
restart() { timeout "$(limit 90)" systemctl restart "$1" || fail "$1 did not come back in time"; }

# forget PATH: remove the file's row from the record, so that it counts as not applied.
forget() {
  awk -F'\t' -v path="$1" '$5 != path' "$RECORD" > "$RECORD.new"
  mv -f "$RECORD.new" "$RECORD"
}

# place KIND MODE OWNER RESTARTS PATH TARGET: put one row of files.tsv in place, atomically, and record it.
place() {
  local kind=$1 mode=$2 owner=$3 restarts=$4 path=$5 target=$6 staged
  staged=$(dirname "$path")/.kubelab-staged
  [[ $path != /etc/kubernetes/manifests/* ]] || staged=/etc/kubernetes/.kubelab-staged
  mkdir -p "$(dirname "$path")"
  [[ $restarts == - ]] || printf '%s\n' "${restarts//,/$'\n'}" >> "$RESTART"
  if [[ $kind == link ]]; then
    ln -sfn "$target" "$staged"
  else
    install -m "$mode" -o "${owner%:*}" -g "${owner#*:}" "$BOX/files$path" "$staged"
  fi
  mv -fT "$staged" "$path"
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >> "$RECORD"
}
