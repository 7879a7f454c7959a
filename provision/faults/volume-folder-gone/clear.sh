#!/usr/bin/env bash
# Give the folder its name back. A new folder of that name, made as a repair, is deleted.
cd /var/lib/kubelab/volumes || exit
[[ -d $VOLUME.old ]] || exit 0
rm -rf "$VOLUME"
mv -T "$VOLUME.old" "$VOLUME"
