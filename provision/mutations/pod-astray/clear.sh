#!/usr/bin/env bash
# The pod goes.
drop pod astray default
