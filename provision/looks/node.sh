# shellcheck shell=bash
# A node: containers and their last log lines, read from the disk; the pod network; cluster DNS, asked from the node.
section containers
timeout "$LIMIT" crictl --timeout "${LIMIT}s" ps --all --output json 2>&1
section sandboxes
timeout "$LIMIT" crictl --timeout "${LIMIT}s" pods --output json 2>&1
for folder in /var/log/pods/{kube,calico}-system_*/*/; do
  newest=$(find "$folder" -name '*.log' -printf '%T@ %p\n' 2> /dev/null | sort -n | tail -n 1)
  [[ -n $newest ]] || continue
  section log "${folder#/var/log/pods/}"
  tail -n 8 "${newest#* }"
done
section manifests
find /etc/kubernetes/manifests -name '*.yaml' -printf '%C@\t%p\n' 2> /dev/null
section volumes
find /var/lib/kubelab/volumes -mindepth 1 -maxdepth 1 -type d 2> /dev/null
section vxlan
ip -d -o link show flannel.1 2>&1
cat /run/flannel/subnet.env 2> /dev/null
section tunnels
/usr/sbin/bridge fdb show dev flannel.1 2> /dev/null # `bridge` alone is the CNI plugin
section peers
ip route | awk '/flannel.1/ && $2 == "via" {print $3}' |
  xargs -r -P 8 -I{} sh -c 'ping -qc 1 -W "$LIMIT" {} > /dev/null && echo {} answers || echo {} silent'

ask_dns() { exec 3<> "/dev/tcp/$DNS/53" && printf '%b' "$QUERY" >&3 && head -c 14 <&3 | od -An -v -tx1; }
export -f ask_dns
section dns
timeout "$LIMIT" bash -c ask_dns 2>&1
