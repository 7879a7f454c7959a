kubectl delete clusterrolebinding/dns-more clusterrole/dns-more
