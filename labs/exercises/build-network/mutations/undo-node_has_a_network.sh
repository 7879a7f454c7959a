box "$TARGET" 'cp /root/10-flannel-calico.conflist /etc/cni/net.d/.new; mv /etc/cni/net.d/.new /etc/cni/net.d/10-flannel-calico.conflist; rm /root/10-flannel-calico.conflist'
