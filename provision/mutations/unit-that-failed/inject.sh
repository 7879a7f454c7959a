#!/usr/bin/env bash
# A unit that is in no table of ours has failed.
systemd-run --quiet --unit kubelab-unit /bin/false
failed() { [[ $(systemctl is-failed kubelab-unit.service) == failed ]]; }
wait_for 10 "the failure" failed
