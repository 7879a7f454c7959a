#!/usr/bin/env bash
# The ssh server lets root log in with a key.
edit /etc/ssh/sshd_config sed 's/^PermitRootLogin no/PermitRootLogin prohibit-password/'
