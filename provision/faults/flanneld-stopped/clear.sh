#!/usr/bin/env bash
# Start flanneld and enable its start at boot.
on flanneld
