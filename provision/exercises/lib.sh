# shellcheck shell=bash
# Functions for the scripts of exercises. A script runs on the host with the lab's kubectl first on PATH, or as root in
# a box. The exercise's values are variables in capitals: $TARGET is the machine of the variant.
set -euo pipefail
export PATH=/opt/bin:$PATH

# box NAME [COMMAND…]: run a command, or standard input as a script, as root in a box (on the host only).
box() {
  local name=$1 script
  shift
  if (($#)); then script="$*"; else script=$(cat); fi
  { declare -p KUBELAB_VALUES | sed 's/^declare -[a-z-]* /export /'
    for value in $KUBELAB_VALUES; do printf 'export %s=%q\n' "$value" "${!value}"; done
    # shellcheck disable=SC2016 # expanded in the box
    printf 'set -euo pipefail\nexport PATH=/opt/bin:$PATH\n%s\n' "$script"
  } | ssh -F "$SSH_CONFIG" -o BatchMode=yes "$name" sudo bash -s
}

# until_true SECONDS COMMAND…: try until it succeeds; fail when time is up. SECONDS is for an undisturbed lab. 75 s are
# added: a controller that lost the API server several times may reconnect that late.
until_true() {
  local end=$((SECONDS + $1 + 75))
  shift
  until "$@" > /dev/null 2>&1; do
    ((SECONDS < end)) || { echo "not in time: $*" >&2; return 1; }
    sleep 0.5
  done
}

# lend AUTHORITY BOX: put an authority's certificate and key into /root/authority of a box (on the host only).
lend() {
  local end
  { echo 'install -d -m 0700 /root/authority; umask 077'
    for end in crt key; do printf 'cat > /root/authority/ca.%s <<PEM\n%s\nPEM\n' "$end" "$(cat "$KEYS/$1/ca.$end")"; done
  } | box "$2"
}

# cover BOX, uncover BOX: hide the lab's copy of a box's files, so that a student who rebuilds a layer cannot copy it.
cover() { box "$1" 'mountpoint -q /opt/kubelab/box/files || mount -t tmpfs -o ro none /opt/kubelab/box/files'; }
uncover() { box "$1" '! mountpoint -q /opt/kubelab/box/files || umount /opt/kubelab/box/files'; }

# as_json: print the YAML of standard input as JSON (on the host only).
as_json() { "$PYTHON" -c 'import json, sys; from kubelab.exercises import quantities as q; json.dump(q.parsed_yaml(sys.stdin.read()), sys.stdout)'; }
