#!/usr/bin/env bash
# PORT: where the kubelet looks for the API server, and nobody listens.
edit /etc/kubernetes/kubelet/kubeconfig sed -E "s|(server: https://[^:]+):[0-9]+|\1:$PORT|"
again kubelet
