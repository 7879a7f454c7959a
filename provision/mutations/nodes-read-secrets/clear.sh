#!/usr/bin/env bash
# A node reads what its own pods use.
drop clusterrolebinding kubelab-mutation -
drop clusterrole kubelab-mutation -
