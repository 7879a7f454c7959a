#!/usr/bin/env bash
# A machine has an interpreter that it came without.
install -m 0755 /dev/null /root/python3
