#!/usr/bin/env bash
# flannel sends from the loopback interface and tells the others to send there: it leads to no other machine.
edit /etc/flannel/options.env sed -E 's/^(FLANNELD_IFACE|FLANNELD_PUBLIC_IP)=.*/\1=127.0.0.1/'
again flanneld
