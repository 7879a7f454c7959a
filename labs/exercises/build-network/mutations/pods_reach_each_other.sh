# The way to the other nodes is a route of the tunnel.
box "$TARGET" 'ip route show dev flannel.1 | grep via > /root/routes; while read -r route; do ip route delete $route dev flannel.1; done < /root/routes'
