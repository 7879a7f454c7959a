#!/usr/bin/env bash
# A worker's kubelet registers under the address of the first interface, which is the same bridge for every lab.
address=$(ip -o -4 address show eth0 | awk '{sub("/.*", "", $4); print $4}')
edit /etc/systemd/system/kubelet.service sed "s|--node-ip=[0-9.]*|--node-ip=$address|"
systemctl daemon-reload
again kubelet
