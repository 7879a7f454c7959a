#!/usr/bin/env bash
# Start containerd and enable its start at boot.
on containerd
