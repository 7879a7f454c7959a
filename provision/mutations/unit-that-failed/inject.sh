#!/usr/bin/env bash
# A unit that is in no table of ours has failed.
systemd-run --quiet --unit kubelab-mutation /bin/false
failed() { [[ $(systemctl is-failed kubelab-mutation.service) == failed ]]; }
wait_for 10 "the failure" failed
