# shellcheck shell=bash
# What was applied: type, mode, owner, path and target of everything, digests of files, and the text of what differs.
section applied
if cmp -s "$BOX"/files.tsv /var/lib/kubelab/applied.tsv; then echo yes; else echo no; fi
section files
mapfile -t paths < <(cut -f 5 "$BOX"/files.tsv)
find "${paths[@]}" -maxdepth 0 -printf '%y%Y\t%m\t%u:%g\t%p\t%l\n' 2> /dev/null
section digests
digests=$(awk -F '\t' '$1 != "link" {print $5}' "$BOX"/files.tsv | xargs sha256sum 2> /dev/null)
printf '%s\n' "$digests"
section present
find /etc/kubernetes/manifests /etc/cni/net.d /etc/systemd/system /run/systemd/system '(' -type f -o -type l ')' \
  -printf '%p\t%l\n' 2> /dev/null
while read -r path; do
  section file "$path"
  public "$path"
done < <(awk 'NR == FNR {wanted[$5] = $1; next} wanted[$2] != $1 {print $2}' "$BOX"/files.tsv - <<< "$digests")
