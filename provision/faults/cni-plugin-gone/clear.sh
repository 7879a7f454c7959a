#!/usr/bin/env bash
# Every plugin that the configuration names is there.
put /opt/cni/bin/flannel
