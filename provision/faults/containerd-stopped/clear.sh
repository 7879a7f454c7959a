#!/usr/bin/env bash
# The runtime runs again, and will with the machine.
on containerd
