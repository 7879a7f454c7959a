#!/usr/bin/env bash
# Only the key's owner can read it.
chmod 0600 /etc/kubernetes/kubelet/server.key
