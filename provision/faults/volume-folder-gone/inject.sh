#!/usr/bin/env bash
# VOLUME: the folder of redis' persistent volume. It is renamed.
cd /var/lib/kubelab/volumes || exit
[[ -d $VOLUME && ! -e $VOLUME.old ]] || fail "there is no volume $VOLUME on this machine"
mv -T "$VOLUME" "$VOLUME.old"
