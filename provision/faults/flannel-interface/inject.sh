#!/usr/bin/env bash
# flannel uses and announces the loopback interface, which reaches no other machine.
edit /etc/flannel/options.env sed -E 's/^(FLANNELD_IFACE|FLANNELD_PUBLIC_IP)=.*/\1=127.0.0.1/'
again flanneld
