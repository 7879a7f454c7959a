# One of the healthy members begins a new cluster, and all others join it with nothing: as if they had been worth nothing.
all=$(box "$TARGET" "sed -n 's/^initial-cluster: //p' /opt/kubelab/box/files/etc/etcd/etcd.conf.yaml" | tr , '\n')
one=$(sed 's/=.*//' <<< "$all" | grep -vxF "$TARGET" | head -1)
for row in $all; do box "${row%%=*}" 'systemctl stop etcd'; done
ready="set -a; . /etc/etcd/etcdctl.env; set +a; until etcdctl --command-timeout=2s endpoint health; do sleep 1; done"
box "$one" "sed '\$a force-new-cluster: true' /etc/etcd/etcd.conf.yaml > /run/one.yaml
systemd-run --unit one /opt/bin/etcd --config-file /run/one.yaml
$ready; systemctl stop one; rm /run/one.yaml; systemctl start etcd; $ready"
for row in $all; do
  name=${row%%=*}
  [[ $name != "$one" ]] || continue
  id=$(box "$one" "set -a; . /etc/etcd/etcdctl.env; set +a; until etcdctl member add $name --learner --peer-urls=${row#*=}; do sleep 1; done" |
    sed -n 's/^Member *\([0-9a-f]*\) added.*/\1/p')
  box "$name" 'rm -rf /var/lib/etcd/data/member; systemctl start etcd'
  promote() { box "$one" "set -a; . /etc/etcd/etcdctl.env; set +a; etcdctl member promote $id"; }
  until_true 30 promote
done
until_true 60 kubectl get --raw /readyz
