#!/usr/bin/env bash
# The API server shows etcd the certificate that it was given.
put /etc/kubernetes/kube-apiserver/pki/apiserver-etcd-client.{crt,key}
rerun kube-apiserver
