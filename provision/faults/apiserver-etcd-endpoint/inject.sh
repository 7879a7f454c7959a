#!/usr/bin/env bash
# PORT: where the API server looks for etcd, and nobody listens.
edit /etc/kubernetes/manifests/kube-apiserver.yaml sed -E "/--etcd-servers=/s|:2379|:$PORT|g"
