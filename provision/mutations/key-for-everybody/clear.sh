#!/usr/bin/env bash
# Only its owner reads it.
chmod 0600 /etc/kubernetes/kubelet/server.key
