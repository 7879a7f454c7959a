#!/usr/bin/env bash
# forget: begin a repair; no part of provision.sh. Standard input says what was changed by hand, a verb and a word a line:
# `put PATH` (the file is no longer taken for applied), `remove PATH`, `restart UNIT`, `pod NAME` (of a static pod).
. "$(dirname "$0")/../lib.sh"

touch "$REPAIR"
while read -r verb word; do
  say "repair: $verb $word"
  case $verb in
    put) forget "$word" ;;
    remove) rm -f -- "$word" ;;
    restart) echo "$word" >> "$RESTART" ;;
    pod) echo "$word" >> "$RESTART_PODS" ;;
    *) fail "no such verb: $verb" ;;
  esac
done
