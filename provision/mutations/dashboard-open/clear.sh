#!/usr/bin/env bash
# None does.
revert networkpolicy dashboard dashboard
