#!/usr/bin/env bash
# look PLACE… -- UNIT…: print the box's record, its present files and its units. A shell in the box gets it after
# looks/state.sh. It changes nothing. The files are those in the record and all at or below each PLACE,
# and of the folders there those that others than root may write, or may not enter.
# Sections begin with a line `# name`: record (if there is one), files, digests, units.
set -euo pipefail
record=/var/lib/kubelab/applied.tsv applied=() places=()
while [[ $1 != -- ]]; do
  places+=("$1")
  shift
done
shift

if [[ -e $record ]]; then
  echo "# record"
  cat "$record"
  mapfile -t applied < <(cut -f5 "$record" | sort -u)
fi
echo "# files"
{ entries "${applied[@]}" -maxdepth 0; entries "${places[@]}" ! -type d
  changed_folders "${places[@]}"; } | sort -u
echo "# digests"
{ digests "${applied[@]}" -maxdepth 0; digests "${places[@]}"; } | sort -u
echo "# units"
systemctl show --property=Id,ActiveState,LoadState "$@"
