# A rule made by hand knows one address, until that pod goes.
pod=$(kubectl -n "$SPACE" get pods -o jsonpath='{.items[0].status.podIP}')
box "$TARGET" "iptables -t nat -A PREROUTING -p tcp --dport $PORT -j DNAT --to-destination $pod:8080"
