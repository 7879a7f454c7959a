kubectl patch apiservice v1beta1.metrics.k8s.io --type=merge -p '{"spec":{"service":{"name":"gone"}}}'
