# shellcheck shell=bash
# Applied files: type, mode, owner, path and target of each, their digests, and the text of those that differ. Of their
# folders those that are not open to all and root's alone to write.
section applied
if cmp -s "$BOX"/files.tsv /var/lib/kubelab/applied.tsv; then echo yes; else echo no; fi
section files
mapfile -t paths < <(cut -f 5 "$BOX"/files.tsv)
entries "${paths[@]}" -maxdepth 0
section digests
sums=$(digests "${paths[@]}" -maxdepth 0)
printf '%s\n' "$sums"
section folders
mapfile -t folders < <(printf '%s\n' "${paths[@]%/*}" | sort -u)
changed_folders "${folders[@]}" -maxdepth 0
section present
find /etc/kubernetes/manifests /etc/cni/net.d /etc/systemd/system /run/systemd/system '(' -type f -o -type l ')' \
  -printf '%p\t%l\n' 2> /dev/null
while read -r path; do
  section file "$path"
  public "$path"
done < <(awk 'NR == FNR {wanted[$5] = $1; next} wanted[$2] != $1 {print $2}' "$BOX"/files.tsv - <<< "$sums")
