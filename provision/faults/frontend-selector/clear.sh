#!/usr/bin/env bash
# The frontend's service is what it was.
revert service frontend guestbook
