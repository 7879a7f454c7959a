#!/usr/bin/env bash
# Nobody does.
systemctl stop kubelab-mutation.service 2> /dev/null || true
