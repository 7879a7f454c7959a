#!/usr/bin/env bash
# kubelab-start-etcd: run etcd as one of several members. One with data goes on with it. One without data asks the
# others first, and joins them if they know it as a new member: lab.up tells them so. A member that lost its data must
# not begin anew under its old identity: it would vote as if it had never confirmed an entry.
set -euo pipefail
config=/etc/etcd/etcd.conf.yaml joined=/run/kubelab-etcd.conf.yaml

value() { sed -n "s/^$1: //p" "$config"; }
run() { exec /opt/bin/etcd --config-file "$1"; }
wait_for_lab_up() { echo "$1: ./run lab.up adds a new member in its place" >&2; exit 1; }

! compgen -G "$(value data-dir)/member/wal/*.wal" > /dev/null || run "$config"

set -a
# shellcheck source=/dev/null
. /etc/etcd/etcdctl.env
set +a
peer=$(value initial-advertise-peer-urls) members=""
state=$(cat /opt/kubelab/box/etcd-state 2> /dev/null) || state=new # of the whole lab: have its members ever formed?
for url in $(value initial-cluster | tr , '\n' | sed 's/.*=//' | grep -vxF "$peer"); do
  export ETCDCTL_ENDPOINTS=${url%:*}:2379
  ! members=$(/opt/bin/etcdctl --dial-timeout=1s --command-timeout=2s member list 2> /dev/null) || break
done
if [[ -z $members ]]; then
  [[ $state != new ]] || run "$config"
  wait_for_lab_up "etcd's data is gone, and no other member answers yet"
fi

# A row: identifier, state, name, peer URL, client URLs, learner. One that was only added has no name yet.
mine() { awk -F', ' -v peer="$peer" -v column="$1" '$4 == peer { print "<" $column ">" }' <<< "$members"; }
[[ -n $(mine 3) ]] || wait_for_lab_up "the other members do not know this one"
if [[ $(mine 3) != "<>" ]]; then
  [[ $state != new || $(mine 5) != "<>" ]] || run "$config" # the others were faster at the lab's first start
  wait_for_lab_up "the other members know this one with data, which is gone"
fi
all=$(awk -F', ' -v peer="$peer" -v name="$(value name)" '{ print ($4 == peer ? name : $3) "=" $4 }' <<< "$members")
sed -e "s|^initial-cluster: .*|initial-cluster: $(paste -sd, <<< "$all")|" \
  -e "s|^initial-cluster-state: .*|initial-cluster-state: existing|" "$config" > "$joined"
run "$joined"
