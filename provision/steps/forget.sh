#!/usr/bin/env bash
# forget: begin a repair; no step of provision.sh. Standard input lists hand-made changes, a verb and a word a line:
# `put PATH` (apply the file again), `remove PATH`, `folder PATH` (mode and owner), `restart UNIT`, `pod NAME` (restart the static pod).
. "$(dirname "$0")/../lib.sh"

touch "$REPAIR"
while read -r verb word; do
  say "repair: $verb $word"
  case $verb in
    put) forget "$word" ;;
    remove) rm -f -- "$word" ;;
    folder) chown root:root -- "$word" && chmod 0755 -- "$word" ;;
    restart) echo "$word" >> "$RESTART" ;;
    pod) echo "$word" >> "$RESTART_PODS" ;;
    *) fail "no such verb: $verb" ;;
  esac
done
