#!/usr/bin/env bash
# A foreign program listens on every address of the machine.
systemd-run --quiet --unit kubelab-stranger systemd-socket-activate -l 0.0.0.0:4444 /bin/cat
wait_for 10 "the listener" systemctl is-active --quiet kubelab-stranger.service
