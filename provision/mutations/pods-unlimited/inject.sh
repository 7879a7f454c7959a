#!/usr/bin/env bash
# A pod of this worker may have as many processes as it likes.
edit /etc/kubernetes/kubelet/config.yaml sed 's/^podPidsLimit: .*/podPidsLimit: -1/'
again kubelet
