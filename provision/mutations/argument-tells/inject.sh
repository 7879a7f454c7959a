#!/usr/bin/env bash
# A process has a line of a private key in its arguments, where `ps` shows it.
# The process reads the key itself. Given as the unit's argument, the line would also be in the unit's file.
systemd-run --quiet --unit kubelab-argument bash -c 'exec -a "$(sed -n 2p /etc/kubernetes/kubelet/server.key)" sleep 3600'
wait_for 10 "the process" systemctl is-active --quiet kubelab-argument.service
