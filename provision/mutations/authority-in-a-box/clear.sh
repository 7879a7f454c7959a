#!/usr/bin/env bash
# Remove the second copy.
rm -f /root/authority.key
