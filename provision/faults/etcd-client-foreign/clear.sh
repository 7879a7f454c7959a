#!/usr/bin/env bash
# Put the API server's client certificate for etcd back.
put /etc/kubernetes/kube-apiserver/pki/apiserver-etcd-client.{crt,key}
rerun kube-apiserver
