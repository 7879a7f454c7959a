#!/usr/bin/env bash
# Delete the pod.
drop pod astray default
