# The address comes to the machine of the task, and then no other one would take it, or that one would not give it up.
planes=$(kubectl get nodes -l node-role.kubernetes.io/control-plane -o name | sed 's#node/##')
address=${API#*://} address=${address%:*}
spares=$(grep -vxF "$TARGET" <<< "$planes")
holds() { [[ -n $(box "$TARGET" "ip -4 -oneline address show to $address") ]]; }
runs() { for name in $planes; do [[ -n $(box "$name" "crictl ps -q --name '^keepalived\$'") ]] || return 1; done; }
for _ in {1..5}; do
  until_true 90 runs
  if holds; then break; fi
  for name in $spares; do box "$name" 'crictl ps -q --name "^keepalived\$" | xargs -r crictl stop -t 2' & done
  wait
  sleep 2
done
until_true 30 holds
until_true 90 runs
case $STORY in
  asks) change='s#/readyz?[^"]*#/readyz/everything#' ;;
  blind) change='s#^\( *script \).*#\1"/usr/bin/curl --silent --version"#' ;;
  away) change='' ;;
esac
where=$spares
[[ $STORY != blind ]] || where=$planes
for name in $where; do
  if [[ $STORY == away ]]; then
    box "$name" 'mv /etc/kubernetes/manifests/keepalived.yaml /etc/kubernetes/keepalived.yaml.old'
  else
    box "$name" "sed -i '$change' /etc/kubernetes/keepalived/keepalived.conf
kill -HUP \$(crictl inspect -o go-template --template '{{.info.pid}}' \$(crictl ps -q --name '^keepalived\$'))"
  fi
done
until_true 60 holds
until_true 60 kubectl get --raw /readyz
