#!/usr/bin/env bash
# contents MOST WHOLE: print mode, content (base64) and path of each regular file whose path is a line of the input.
# Run in the box; changes nothing. One byte more than MOST is enough to know that a file is too long; after WHOLE bytes
# of output no other file is read.
set -euo pipefail
most=$1 whole=$2 printed=0
while IFS= read -r path && ((printed < whole)); do
  [[ -f "$path" && ! -L "$path" ]] || continue
  content=$(head -c "$((most + 1))" -- "$path" | base64 -w0)
  printed=$((printed + ${#content}))
  printf '%s\t%s\t%s\n' "$(stat -c %a -- "$path")" "$content" "$path"
done
