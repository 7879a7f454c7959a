#!/usr/bin/env bash
# The ssh server's configuration lets root in with a key.
echo 'PermitRootLogin prohibit-password' > /etc/ssh/sshd_config.d/00-mutation.conf
