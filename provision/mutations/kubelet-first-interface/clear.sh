#!/usr/bin/env bash
# The kubelet registers under the node's own address.
put /etc/systemd/system/kubelet.service
systemctl daemon-reload
again kubelet
