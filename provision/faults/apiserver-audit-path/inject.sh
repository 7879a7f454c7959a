#!/usr/bin/env bash
# FLAG: an audit flag with a path that cannot be opened: a folder, or a file that the pod does not see.
edit /etc/kubernetes/manifests/kube-apiserver.yaml sed "s|--${FLAG%%=*}=.*|--$FLAG|"
