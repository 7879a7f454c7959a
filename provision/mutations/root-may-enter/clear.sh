#!/usr/bin/env bash
# Only `core` may log in.
put /etc/ssh/sshd_config
