#!/usr/bin/env bash
# A client certificate that names the right client, of an authority that etcd does not know.
put /etc/kubernetes/kube-apiserver/pki/apiserver-etcd-client.{crt,key}
rerun kube-apiserver
