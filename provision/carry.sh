#!/usr/bin/env bash
# For a provider without mounts: move the uploaded folder to the mount's path, then apply it.
set -euo pipefail
mkdir -p /opt/kubelab
cp -a /tmp/kubelab/. /opt/kubelab/
rm -rf /tmp/kubelab
exec /opt/kubelab/box/provision.sh
