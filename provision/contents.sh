#!/usr/bin/env bash
# contents MOST WHOLE: print mode, content (base64) and path of each regular file whose path is a line of the input.
# It runs in the box and changes nothing. It prints at most MOST + 1 bytes of a file: the extra byte shows that the file
# is too long. After WHOLE bytes of output it reads no other file.
set -euo pipefail
most=$1 whole=$2 printed=0
while IFS= read -r path && ((printed < whole)); do
  [[ -f "$path" && ! -L "$path" ]] || continue
  content=$(head -c "$((most + 1))" -- "$path" | base64 -w0)
  printed=$((printed + ${#content}))
  printf '%s\t%s\t%s\n' "$(stat -c %a -- "$path")" "$content" "$path"
done
