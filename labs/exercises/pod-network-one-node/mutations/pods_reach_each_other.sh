# also red: pods_run_everywhere
box "$TARGET" 'iptables -I INPUT -p udp --dport 8472 -j DROP'
