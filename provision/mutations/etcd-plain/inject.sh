#!/usr/bin/env bash
# Stop etcd and serve HTTP without TLS on its port.
off etcd
cat > /run/kubelab-plain << 'END'
#!/bin/sh
printf 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'
END
chmod 0755 /run/kubelab-plain
systemd-run --quiet --unit kubelab-mutation systemd-socket-activate --accept --inetd -l 0.0.0.0:2379 /bin/sh /run/kubelab-plain
wait_for 10 "the listener" systemctl is-active --quiet kubelab-mutation.service
