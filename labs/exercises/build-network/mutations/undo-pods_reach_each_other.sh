box "$TARGET" 'while read -r route; do ip route replace $route dev flannel.1; done < /root/routes; rm /root/routes'
