#!/usr/bin/env bash
# LINE: a line that the kubelet refuses; the key it has already, if any, is replaced.
broken() { grep -v "^${LINE%%:*}:" && printf '%s\n' "$LINE"; }

edit /etc/kubernetes/kubelet/config.yaml broken
again kubelet
