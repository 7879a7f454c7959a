#!/usr/bin/env bash
# The frontend is what it was; the replica set of the injection goes.
revert deployment frontend guestbook
forget_replica_sets frontend guestbook
