#!/usr/bin/env bash
# What is under /usr can be changed from within.
mount -o remount,bind,rw /usr
