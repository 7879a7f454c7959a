#!/usr/bin/env bash
# object-changes FOLDER WORK: compare FOLDER/objects.tsv with WORK/applied, the objects.tsv that was applied last.
# Writes WORK/changed.yaml (documents that are new or differ), WORK/gone.yaml (objects that are no longer wanted),
# WORK/anew.yaml (changed objects that are immutable: they are deleted first), and WORK/volumes (names of volumes that
# are no longer wanted: a volume that has a claim or data must stay).
# Columns: digest, apiVersion, kind, namespace or -, name, file, number of the document in the file.
set -euo pipefail
folder=$1 work=$2

only_in() { # FIRST FILE OTHER: rows of FILE that OTHER lacks, compared from column FIRST to the name
  awk -F'\t' -v first="$1" '
    function key(   text, n) { for (n = first; n <= 5; n++) text = text FS $n; return text }
    FILENAME == ARGV[1] { seen[key()]; next }
    !(key() in seen)' "$3" "$2"
}

only_in 1 "$folder/objects.tsv" "$work/applied" > "$work/changed"
only_in 3 "$work/applied" "$folder/objects.tsv" | tac > "$work/all-gone"  # the reverse order of applying
awk -F'\t' '$3 != "PersistentVolume"' "$work/all-gone" > "$work/gone"
awk -F'\t' '$3 == "PersistentVolume" {print $5}' "$work/all-gone" > "$work/volumes"
awk -F'\t' '$3 == "StorageClass"' "$work/changed" > "$work/anew"
while IFS=$'\t' read -r _ _ _ _ _ file number; do
  awk -v RS='\n---\n' -v number="$number" 'NR == number' "$folder/$file"
  echo "---"
done < "$work/changed" > "$work/changed.yaml"
for list in gone anew; do
  while IFS=$'\t' read -r _ version kind namespace name _; do
    [[ $namespace == - ]] && namespace=""
    printf 'apiVersion: %s\nkind: %s\nmetadata: {name: "%s", namespace: "%s"}\n---\n' "$version" "$kind" "$name" "$namespace"
  done < "$work/$list" > "$work/$list.yaml"
done
