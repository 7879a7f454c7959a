#!/usr/bin/env bash
# Remove the unit from systemd's list of failures.
systemctl reset-failed kubelab-unit.service 2> /dev/null || true
