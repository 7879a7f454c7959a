#!/usr/bin/env bash
# Policies become rules again, also after the machine's next start.
on calico-node
