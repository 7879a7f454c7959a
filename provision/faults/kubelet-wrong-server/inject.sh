#!/usr/bin/env bash
# PORT: a closed port of the API server's address, set in the kubelet's kubeconfig.
edit /etc/kubernetes/kubelet/kubeconfig sed -E "s|(server: https://[^:]+):[0-9]+|\1:$PORT|"
again kubelet
