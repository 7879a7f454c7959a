#!/usr/bin/env bash
# The kubelet accepts anonymous requests and allows every request.
edit /etc/kubernetes/kubelet/config.yaml sed -e '/anonymous:/{n;s/false/true/}' -e 's/mode: Webhook/mode: AlwaysAllow/'
again kubelet
wait_for 60 "the kubelet" systemctl is-active --quiet kubelet.service
