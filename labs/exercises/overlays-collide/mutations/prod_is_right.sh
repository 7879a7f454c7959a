kubectl -n "$SPACE" patch service prod-till --type=merge -p '{"spec":{"selector":{"stage":null}}}'
# The service of both stages' replicas has heard of them.
until_true 10 eval '[[ $(kubectl -n "$SPACE" get endpointslices -l kubernetes.io/service-name=prod-till -o yaml | grep -c "kind: Pod") -gt "$REPLICAS" ]]'
