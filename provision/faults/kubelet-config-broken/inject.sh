#!/usr/bin/env bash
# LINE: a line that the kubelet refuses. It replaces a line with the same key.
broken() { grep -v "^${LINE%%:*}:" && printf '%s\n' "$LINE"; }

edit /etc/kubernetes/kubelet/config.yaml broken
again kubelet
