#!/usr/bin/env bash
# put-files: put files in place that differ from the record; remove files of the record that the lab no longer has.
# Files are staged on the same file system and renamed, a folder at a time: no reader ever sees half a file.
# Static pods' manifests wait for run-static-pod: their image must be there first.
. "$(dirname "$0")/../lib.sh"

stage=$STATE/stage
touch "$RECORD"
mkdir -p /etc/kubernetes/manifests
declare -A applied=() wanted=() folder_of=() by_mode=()
rows="" units=""

while IFS=$'\t' read -r kind mode owner restarts path target; do
  applied[$path]="$kind $mode $owner $target"
done < "$RECORD"

rm -rf "$stage"
cp -R "$BOX/files/." "$stage"
while IFS=$'\t' read -r kind mode owner restarts path target; do
  wanted[$path]=1
  [[ $path != /etc/kubernetes/manifests/* ]] || continue
  [[ ${applied[$path]:-} != "$kind $mode $owner $target" ]] || continue
  folder_of[${path%/*}]+=" $stage$path"
  rows+="$kind"$'\t'"$mode"$'\t'"$owner"$'\t'"$restarts"$'\t'"$path"$'\t'"$target"$'\n'
  [[ $restarts == - ]] || units+="${restarts//,/$'\n'}"$'\n'
  if [[ $kind == link ]]; then
    mkdir -p "$stage${path%/*}"
    ln -s "$target" "$stage$path"
  else
    by_mode[$mode]+=" $stage$path"
  fi
done < "$BOX/files.tsv"

printf '%s' "$units" >> "$RESTART"
for mode in "${!by_mode[@]}"; do xargs chmod "$mode" <<< "${by_mode[$mode]}"; done
for folder in "${!folder_of[@]}"; do
  [[ -d $folder ]] || mkdir -p "$folder"
  xargs mv -f -t "$folder" <<< "${folder_of[$folder]}"
done
printf '%s' "$rows" >> "$RECORD"
[[ -z $rows ]] || say "wrote $(wc -l <<< "${rows%$'\n'}") files"
rm -rf "$stage"

remove_file() { # RESTARTS PATH
  say "removing $2"
  [[ $2 != /etc/systemd/system/*.service ]] || systemctl stop "${2##*/}" || true
  rm -f "$2"
  [[ $1 == - ]] || printf '%s\n' "${1//,/$'\n'}" >> "$RESTART"
}

while IFS=$'\t' read -r _ _ _ restarts path _; do
  [[ -n ${wanted[$path]:-} || ! -e $path && ! -L $path ]] || remove_file "$restarts" "$path"
done < <(cat "$RECORD")
