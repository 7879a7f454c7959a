#!/usr/bin/env bash
# The policy goes.
drop networkpolicy "redis-leader" guestbook
