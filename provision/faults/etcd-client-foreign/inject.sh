#!/usr/bin/env bash
# A client certificate with the right name, signed by an authority that etcd does not trust.
put /etc/kubernetes/kube-apiserver/pki/apiserver-etcd-client.{crt,key}
rerun kube-apiserver
