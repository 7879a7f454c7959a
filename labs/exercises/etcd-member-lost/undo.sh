# Whatever became of the members, one for each machine serves in the end: those that are healthy stay; another one is
# made anew; and if too few are left, all begin with the newest data that there is.
WORDS=$(cat <<'END'
set -a; . /opt/kubelab/box/files/etc/etcd/etcdctl.env; set +a
config=/opt/kubelab/box/files/etc/etcd/etcd.conf.yaml
value() { sed -n "s/^$1: //p" "$config"; }
peer=$(value initial-advertise-peer-urls)
peers=$(value initial-cluster | tr , '\n' | sed 's/.*=//' | sort)
of() { sed 's/2380$/2379/' | paste -sd,; }
wanted() { sed 's/$/ started false/' <<< "$peers"; }
ask() { ETCDCTL_ENDPOINTS=$(of <<< "$1") etcdctl --command-timeout=3s "${@:2}"; }
whole() {
  local url
  for url in $peers; do [[ $(ask "$url" member list | awk -F', ' '{ print $4, $2, $6 }' | sort) == "$(wanted)" ]] || return 1; done
  ask "$peers" endpoint health
}
patient() { # COMMAND…: a cluster that has just changed refuses the next change for a moment
  local try
  for try in {1..30}; do if "$@"; then return 0; fi; sleep 1; done
  return 1
}
others() { grep -vxF "$peer" <<< "$peers"; }
END
)
names=$(box "$TARGET" "$WORDS"'; value initial-cluster' | tr , '\n' | sed 's/=.*//')
whole() { box "$TARGET" "$WORDS"'; whole'; }
others_serve() { box "$TARGET" "$WORDS"'; ask "$(others)" endpoint health'; }
for name in $names; do
  box "$name" <<'END'
cd /opt/kubelab/box/files/etc/etcd
anew=no
while read -r file; do
  cmp -s "$file" "/etc/etcd/$file" || { mkdir -p "/etc/etcd/${file%/*}"; cp -p "$file" "/etc/etcd/$file"; anew=yes; }
done < <(find . -type f)
[[ ! -e /etc/systemd/system/etcd.service.d ]] || { rm -rf /etc/systemd/system/etcd.service.d; anew=yes; }
install -m 644 /opt/kubelab/box/files/etc/systemd/system/etcd.service /etc/systemd/system/etcd.service
systemctl unmask etcd; systemctl daemon-reload
if [[ $anew == yes ]]; then systemctl restart --no-block etcd; else systemctl start --no-block etcd; fi
END
done
box "$TARGET" 'rm -rf /var/lib/etcd/yesterday.db /var/lib/etcd/data-*'
for _ in {1..10}; do if others_serve; then break; fi; sleep 1; done
for _ in {1..5}; do if whole; then exit 0; fi; sleep 1; done
if others_serve; then
  box "$TARGET" "$WORDS"'
  export ETCDCTL_ENDPOINTS; ETCDCTL_ENDPOINTS=$(others | of)
  systemctl stop etcd
  etcdctl member list | while IFS=", " read -r id _ _ url _; do
    others | grep -qxF "$url" || patient etcdctl member remove "$id"
  done
  rm -rf /var/lib/etcd/data/member
  id=$(patient etcdctl member add "$(value name)" --peer-urls="$peer" --learner | sed -n "s/^Member *\([0-9a-f]*\) added.*/\1/p")
  systemctl start etcd
  patient etcdctl member promote "$id"' || true
  for _ in {1..10}; do if whole; then exit 0; fi; sleep 1; done
fi
best=$TARGET most=-1
for name in $names; do
  found=$(box "$name" 'systemctl stop etcd; etcdutl snapshot status /var/lib/etcd/data/member/snap/db -w json 2> /dev/null || true' |
    sed -n 's/.*"revision":\([0-9]*\).*/\1/p')
  if ((${found:--1} > most)); then best=$name most=$found; fi
done
data=$(box "$best" 'base64 -w0 /var/lib/etcd/data/member/snap/db')
for name in $names; do
  box "$name" "$WORDS
base64 -d > /var/lib/etcd/kept.db <<< '$data'"'
rm -rf /var/lib/etcd/restored
etcdutl snapshot restore /var/lib/etcd/kept.db --skip-hash-check --data-dir /var/lib/etcd/restored --name "$(value name)" \
  --initial-cluster "$(value initial-cluster)" --initial-cluster-token "$(value initial-cluster-token)" \
  --initial-advertise-peer-urls "$peer" --bump-revision 1000000 --mark-compacted
rm -rf /var/lib/etcd/data/member
mv /var/lib/etcd/restored/member /var/lib/etcd/data/member
rm -rf /var/lib/etcd/restored /var/lib/etcd/kept.db
systemctl start --no-block etcd'
done
until_true 60 whole
