#!/usr/bin/env bash
# Stop containerd. Running containers go on unsupervised.
off containerd
