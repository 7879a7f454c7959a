# A learner that will never start is one member too many.
box "$TARGET" <<'END'
set -a; . /etc/etcd/etcdctl.env; set +a
until etcdctl member add nobody --learner --peer-urls=https://127.0.0.1:12380; do sleep 1; done
END
