#!/usr/bin/env bash
# The class is the default again.
revert storageclass local -
