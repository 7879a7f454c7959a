# shellcheck shell=bash
# Lists files in the form that kubelab/converge/box_state.py reads. Sent before the looks that use it.

# entries PATH… TEST…: a row for each file that find has there: type and what a link leads to, mode, owner, path, target.
entries() { find_at "$@" -printf '%y%Y\t%m\t%u:%g\t%p\t%l\n'; }

# changed_folders PATH… TEST…: the same of each folder there that is not as boxes make them: 0755, of root.
changed_folders() { entries "$@" -type d ! \( -perm 0755 -user root -group root \); }

# digests PATH… TEST…: the SHA-256 of each regular file that find has there.
digests() { find_at "$@" -type f -print0 | xargs -0r sha256sum 2> /dev/null || true; }

# find_at PATH… TEST…: skip missing paths. Without any path, find would search its working folder.
find_at() {
  [[ ${1:-} == /* ]] || return 0
  find "$@" 2> /dev/null || true
}
