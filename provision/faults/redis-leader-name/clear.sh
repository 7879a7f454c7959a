#!/usr/bin/env bash
# Put the frontend back and delete the injection's replica set.
revert deployment frontend guestbook
forget_replica_sets frontend guestbook
