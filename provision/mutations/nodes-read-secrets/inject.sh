#!/usr/bin/env bash
# Every node may read every secret.
api
kubectl create clusterrole kubelab-mutation --verb get,list --resource secrets > /dev/null
kubectl create clusterrolebinding kubelab-mutation --clusterrole kubelab-mutation --group system:nodes > /dev/null
