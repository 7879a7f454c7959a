#!/usr/bin/env bash
# flannel runs again, and will with the machine.
on flanneld
