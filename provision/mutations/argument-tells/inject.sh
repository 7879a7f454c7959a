#!/usr/bin/env bash
# A process has a line of a private key among its words, where `ps` shows it.
# The process reads it itself: among the words of its unit it would stand in a file as well.
systemd-run --quiet --unit kubelab-argument bash -c 'exec -a "$(sed -n 2p /etc/kubernetes/kubelet/server.key)" sleep 3600'
wait_for 10 "the process" systemctl is-active --quiet kubelab-argument.service
