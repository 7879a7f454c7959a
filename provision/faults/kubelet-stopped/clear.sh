#!/usr/bin/env bash
# Start the kubelet and enable its start at boot.
on kubelet
