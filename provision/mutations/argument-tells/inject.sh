#!/usr/bin/env bash
# A process has a line of a private key among its words, where `ps` shows it.
line=$(sed -n 2p /etc/kubernetes/kubelet/server.key)
systemd-run --quiet --unit kubelab-argument bash -c 'exec -a "$1" sleep 3600' bash "$line"
wait_for 10 "the process" systemctl is-active --quiet kubelab-argument.service
