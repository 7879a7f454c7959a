#!/usr/bin/env bash
# It lets in what it let in.
revert namespace guestbook -
