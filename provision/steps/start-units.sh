#!/usr/bin/env bash
# start-units UNIT…: start them in the order that their files ask for; restart those whose files changed.
. "$(dirname "$0")/../lib.sh"

touch "$RESTART"
systemctl daemon-reload
for unit in "$@"; do
  if systemctl is-active --quiet "$unit" && grep -qxF "$unit" "$RESTART"; then
    say "restarting $unit"
    systemctl restart --no-block "$unit"
  else
    systemctl start --no-block "$unit"
  fi
done
rm -f "$RESTART"
