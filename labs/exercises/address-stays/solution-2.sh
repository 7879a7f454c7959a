# Written by hand: another router, all with the same priority, a script of its own that asks /livez by the machine's name.
nodes=$(kubectl get nodes -l node-role.kubernetes.io/control-plane -o jsonpath='{range .items[*]}{.metadata.name} {.status.addresses[?(@.type=="InternalIP")].address}{"\n"}{end}')
address=${API#*://} address=${address%:*}
while read -r name own <&3; do
  peers=$(awk -v own="$own" '$2 != own { printf " %s\n", $2 }' <<< "$nodes")
  box "$name" <<END
cat > /etc/kubernetes/keepalived/ask <<'ASK'
#!/bin/sh
exec /usr/bin/curl -sf -o /dev/null -m 2 --cacert /etc/kubernetes/keepalived/ca.crt https://127.0.0.1:6443/livez
ASK
chmod 700 /etc/kubernetes/keepalived/ask
cat > /etc/kubernetes/keepalived/keepalived.conf <<'CONF'
global_defs {
  script_user root
  enable_script_security
}
vrrp_script ask { # the own API server
  script /etc/kubernetes/keepalived/ask
  interval 1
}
vrrp_instance own {
  include /run/interface.conf
  virtual_router_id 7
  state BACKUP
  priority 100
  unicast_src_ip $own
  unicast_peer {
$peers
  }
  virtual_ipaddress {
    $address
  }
  track_script {
    ask
  }
}
CONF
new=\$(sed 's/^kind: Pod/kind: "Pod"/' /opt/kubelab/box/files/etc/kubernetes/manifests/keepalived.yaml)
rm -f /etc/kubernetes/manifests/keepalived.yaml
crictl ps -q --name '^keepalived\$' | xargs -r crictl stop -t 1
sleep 2
echo "\$new" > /etc/kubernetes/vip.new
mv /etc/kubernetes/vip.new /etc/kubernetes/manifests/vip.yaml
END
done 3<<< "$nodes"
until_true 60 kubectl get --raw /readyz
