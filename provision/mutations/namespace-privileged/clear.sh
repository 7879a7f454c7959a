#!/usr/bin/env bash
# Put the namespace's Pod Security level back.
revert namespace guestbook -
