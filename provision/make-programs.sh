#!/usr/bin/env bash
# make-programs FOLDER PROGRAM…: in a container of the box image, put Debian's programs into FOLDER so that they run on
# another Linux under /opt/kubelab/software: bin/ has a script for each, programs/ the programs, lib/ their libraries.
# Nothing is written to /usr there, and no library of that system is used, with one exception: runc starts itself anew
# by /proc/self/exe, so that it needs the system's own loader.
set -euo pipefail
target=$1
shift
mkdir -p "$target"/{bin,programs,lib/runc}

for program in "$@"; do
  file=$(readlink -f "$(type -P "$program")")
  cp "$file" "$target/programs/"
  ldd "$file" | grep -o '/[^ ]*' | xargs cp --dereference --update=none --target-directory="$target/lib"
  {
    echo '#!/bin/sh'
    echo 'here=/opt/kubelab/software'
    if [[ $program == runc ]]; then
      echo "LD_LIBRARY_PATH=\$here/lib/runc exec \$here/programs/runc \"\$@\""
    else
      # shellcheck disable=SC2016 # it is the script's to expand
      echo 'export XTABLES_LIBDIR=$here/lib/xtables'
      echo "exec \$here/lib/ld-linux-x86-64.so.2 --library-path \$here/lib --argv0 $program" \
        "\$here/programs/${file##*/} \"\$@\""
    fi
  } > "$target/bin/$program"
  chmod 0755 "$target/bin/$program"
done
mv "$target"/lib/libseccomp.so.* "$target/lib/runc/"
cp -r /usr/lib/x86_64-linux-gnu/xtables "$target/lib/"
