# The layer goes, the data and the programs stay; the authority is lent to the machine.
box "$TARGET" <<'END'
systemctl disable --now etcd 2> /dev/null
rm -rf /etc/etcd /etc/systemd/system/etcd.service
systemctl daemon-reload
END
lend etcd "$TARGET"
cover "$TARGET"
