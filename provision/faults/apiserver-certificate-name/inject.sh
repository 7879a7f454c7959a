#!/usr/bin/env bash
# A serving certificate of the right authority and key that does not name the machine's address.
put /etc/kubernetes/kube-apiserver/pki/apiserver.crt
rerun kube-apiserver
