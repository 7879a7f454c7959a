#!/usr/bin/env bash
# Remove the file.
rm -f /root/python3
