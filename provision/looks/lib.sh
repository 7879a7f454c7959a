# shellcheck shell=bash
# A look prints sections, each headed by a line "@@ NAME WORDS". Looks only read; a failed part does not end the rest.
# Sent to root's bash over ssh, before the looks of the box's kind; arguments: DNS-ADDRESS DNS-QUERY SECONDS UNIT….
set -uo pipefail
export PATH=/opt/bin:$PATH
export BOX=/opt/kubelab/box DNS=$1 QUERY=$2 LIMIT=$3
shift 3
export UNITS="$*"

section() { printf '@@ %s\n' "$*"; }

# public PATH: print a file without its keys, tokens and passwords.
public() {
  if grep -qs 'PRIVATE KEY' "$1" || [[ $1 == *encryption.yaml ]]; then
    echo "(not shown: it holds a key)"
  else
    sed -E 's/((key-data|token|password): ).*/\1(not shown)/' "$1"
  fi
}
