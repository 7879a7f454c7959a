#!/usr/bin/env bash
# As many as before.
revert deployment redis-follower guestbook
kubectl rollout status deployment redis-follower -n guestbook --timeout=90s > /dev/null
