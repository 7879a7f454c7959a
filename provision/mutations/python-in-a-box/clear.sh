#!/usr/bin/env bash
# It has none.
rm -f /root/python3
