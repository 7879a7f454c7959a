#!/usr/bin/env bash
# from-disk NAME ADDRESS/BITS: on a CoreOS machine that has this folder from a disk or from Ignition, and the lab's
# software under /opt/kubelab/software: take the name, the host key and the address, then apply the folder.
# /usr is not written to: a program that the system lacks comes from the software disk, by a link in /opt/bin.
. "$(dirname "$0")/lib.sh"

lab=/opt/kubelab
mkdir -p /opt/bin
for part in components images; do ln -sfn "software/$part" "$lab/$part"; done
for program in runc conntrack ipset socat ethtool jq {ip,ip6}tables{,-save,-restore}; do
  [[ -z $(type -P "$program") ]] || continue
  if [[ -x $lab/software/bin/$program ]]; then
    ln -sfn "$lab/software/bin/$program" "/opt/bin/$program"
  else
    say "neither this system nor the software disk has $program"
  fi
done

echo "$1" > /etc/hostname
hostname "$1"
install -m 0600 "$BOX/ssh/ssh_host_ed25519_key" /etc/ssh/
systemctl try-restart sshd.service || true # a daemon reads its key once; one behind a socket, at each connection
"$BOX/steps/take-address.sh" "$2"
exec "$BOX/provision.sh"
