#!/usr/bin/env bash
# Stop the kubelet and disable its start at boot.
off kubelet
