#!/usr/bin/env bash
# It is in its one place only.
rm -f /root/authority.key
