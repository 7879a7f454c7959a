#!/usr/bin/env bash
# VOLUME: the folder of the persistent volume that redis uses; it gets another name.
cd /var/lib/kubelab/volumes || exit
[[ -d $VOLUME && ! -e $VOLUME.old ]] || fail "there is no volume $VOLUME on this machine"
mv -T "$VOLUME" "$VOLUME.old"
