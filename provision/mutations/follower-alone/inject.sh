#!/usr/bin/env bash
# Redis has one follower, on one worker.
change deployment redis-follower guestbook '.spec.replicas = 1'
