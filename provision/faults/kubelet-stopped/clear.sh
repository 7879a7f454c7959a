#!/usr/bin/env bash
# The kubelet runs again, and will with the machine.
on kubelet
