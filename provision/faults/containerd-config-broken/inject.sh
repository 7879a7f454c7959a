#!/usr/bin/env bash
# The runtime runs, and does not speak what the kubelet speaks.
without_cri() {
  printf "disabled_plugins = ['io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.runtime']\n"
  cat
}

edit /etc/containerd/config.toml without_cri
again containerd
