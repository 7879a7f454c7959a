#!/usr/bin/env bash
# A private key is readable by everybody in its box.
chmod 0644 /etc/kubernetes/kubelet/server.key
