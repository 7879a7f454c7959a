#!/usr/bin/env bash
# Mount /usr writable.
mount -o remount,bind,rw /usr
