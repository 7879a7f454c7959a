#!/usr/bin/env bash
# A foreign unit has failed.
systemd-run --quiet --unit kubelab-unit /bin/false
failed() { [[ $(systemctl is-failed kubelab-unit.service) == failed ]]; }
wait_for 10 "the failure" failed
