#!/usr/bin/env bash
# In the root of kubelab's own box: take away what makes it kubelab's, so that it knows of a lab only what Ignition
# brings. sshd has the name, the settings and keys of its own, as on a CoreOS system.
set -euo pipefail
cd /etc/systemd/system
rm -f {sysinit,multi-user}.target.wants/kubelab-*.service kubelab-{prepare,apply}.service /usr/libexec/kubelab/prepare
mv ssh.service sshd.service
ln -sfn /dev/null ssh.service
ln -sfn /dev/null ssh.socket
rm -f multi-user.target.wants/ssh.service
ln -sfn ../sshd.service multi-user.target.wants/sshd.service
ln -sfn /run/systemd/resolve/resolv.conf /etc/resolv.conf
rm -f /etc/machine-id # this is a first start: presets decide which units are enabled
printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'AllowUsers core' 'UsePAM no' 'PermitRootLogin no' \
  'AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys.d/ignition' > /etc/ssh/sshd_config
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
