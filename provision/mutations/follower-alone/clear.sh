#!/usr/bin/env bash
# Put the number of followers back.
revert deployment redis-follower guestbook
kubectl rollout status deployment redis-follower -n guestbook --timeout=90s > /dev/null
