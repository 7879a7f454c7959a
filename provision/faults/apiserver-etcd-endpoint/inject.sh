#!/usr/bin/env bash
# PORT: a closed port of etcd's address, set in the API server's manifest.
edit /etc/kubernetes/manifests/kube-apiserver.yaml sed -E "/--etcd-servers=/s|:2379|:$PORT|g"
