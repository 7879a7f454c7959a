# One rule for both groups, the account by its user name, a Corefile with quotes and comments, ports by name.
kubectl -n kube-system create serviceaccount coredns
kubectl apply -f - <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: system:coredns}
rules:
  - {apiGroups: [discovery.k8s.io, ""], resources: [endpointslices, endpoints, services, pods, namespaces], verbs: [watch, list]}
END
kubectl create clusterrolebinding system:coredns --clusterrole=system:coredns --user=system:serviceaccount:kube-system:coredns
cat > Corefile <<END
.:53 {
    errors # and no forward .
    health :8080
    ready :8181
    kubernetes $DOMAIN in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        "ttl" $TTL # seconds
    }
}
END
kubectl -n kube-system create configmap coredns --from-file=Corefile
kubectl apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  replicas: $COPIES
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec:
      serviceAccountName: coredns
      dnsPolicy: Default
      containers:
        - name: coredns
          image: $COREDNS
          imagePullPolicy: IfNotPresent
          ports: [{name: udp, containerPort: 53, protocol: UDP}, {name: tcp, containerPort: 53}]
          args: [-conf, /etc/coredns/Corefile]
          readinessProbe: {httpGet: {path: /ready, port: 8181}, periodSeconds: 1, timeoutSeconds: 5}
          securityContext: {allowPrivilegeEscalation: false, capabilities: {add: [NET_BIND_SERVICE], drop: [ALL]}}
          volumeMounts: [{name: config, mountPath: /etc/coredns, readOnly: true}]
      volumes: [{name: config, configMap: {name: coredns}}]
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  clusterIP: $DNS
  selector: {k8s-app: kube-dns}
  ports:
    - {name: dns, port: 53, protocol: UDP, targetPort: udp}
    - {name: dns-tcp, port: 53, protocol: TCP, targetPort: tcp}
END
kubectl -n kube-system rollout status deployment coredns --timeout=120s
