#!/usr/bin/env bash
# put-files: put in place what differs from the record; remove what the record has and the lab has no more.
# Static pods' manifests wait for run-static-pod: their image must be there first.
. "$(dirname "$0")/../lib.sh"

touch "$RECORD"
mkdir -p /etc/kubernetes/manifests
declare -A applied wanted
while IFS=$'\t' read -r kind mode owner restarts path target; do
  applied[$path]="$kind $mode $owner $target"
done < "$RECORD"

while IFS=$'\t' read -r kind mode owner restarts path target; do
  wanted[$path]=1
  [[ $path != /etc/kubernetes/manifests/* ]] || continue
  [[ ${applied[$path]:-} != "$kind $mode $owner $target" ]] || continue
  say "writing $path"
  place "$kind" "$mode" "$owner" "$restarts" "$path" "$target"
done < "$BOX/files.tsv"

while IFS=$'\t' read -r _ _ _ restarts path _; do
  [[ -z ${wanted[$path]:-} && -n ${applied[$path]:-} ]] || continue
  say "removing $path"
  [[ $path != /etc/systemd/system/*.service ]] || systemctl stop "$(basename "$path")" || true
  rm -f "$path"
  unset "applied[$path]"
  [[ $restarts == - ]] || printf '%s\n' "${restarts//,/$'\n'}" >> "$RESTART"
done < <(cat "$RECORD")
