# RSA keys, the options as arguments of the command, one of them as two words.
box "$CONTROL_PLANE" <<'END'
identity() { # NAME: its kubeconfig
  cd "/etc/kubernetes/$1"
  openssl req -new -newkey rsa:2048 -nodes -keyout /root/one.key -out /root/one.csr -subj "/CN=system:$1" \
    -addext "keyUsage=critical,digitalSignature" -addext "extendedKeyUsage=clientAuth" 2> /dev/null
  openssl x509 -req -in /root/one.csr -CA /root/authority/ca.crt -CAkey /root/authority/ca.key -days 365 -copy_extensions copyall -out /root/one.crt
  (umask 077; cat > kubeconfig) <<YAML
apiVersion: v1
kind: Config
clusters:
- {name: lab, cluster: {server: "$API", certificate-authority-data: $(base64 -w0 /root/authority/ca.crt)}}
users:
- {name: me, user: {client-certificate-data: $(base64 -w0 /root/one.crt), client-key-data: $(base64 -w0 /root/one.key)}}
contexts:
- {name: lab, context: {cluster: lab, user: me}}
current-context: lab
YAML
  rm /root/one.*
}
image() { crictl images | awk '$1 ~ /kube-apiserver$/ {print $1 ":" $2}' | sed "s/kube-apiserver/$1/"; }
pod() { # NAME PORT FLAGS…
  local name=$1 port=$2 flag
  shift 2
  cat > /etc/kubernetes/pod.new <<YAML
apiVersion: v1
kind: Pod
metadata: {name: $name, namespace: kube-system, labels: {component: $name, tier: control-plane}}
spec:
  hostNetwork: true
  priorityClassName: system-node-critical
  priority: 2000001000
  containers:
    - name: $name
      image: $(image "$name")
      imagePullPolicy: IfNotPresent
      command: [$name]
      args:
        - --kubeconfig=/etc/kubernetes/$name/kubeconfig
        - --authentication-kubeconfig=/etc/kubernetes/$name/kubeconfig
        - --authorization-kubeconfig=/etc/kubernetes/$name/kubeconfig
        - --bind-address
        - 127.0.0.1
        - --leader-elect=False
        - --kube-api-qps=$RATE
        - --kube-api-burst=400
$(for flag; do echo "        - $flag"; done)
      readinessProbe: {httpGet: {host: 127.0.0.1, path: /healthz, port: $port, scheme: HTTPS}, periodSeconds: 2, timeoutSeconds: 15}
      volumeMounts: [{name: config, mountPath: /etc/kubernetes/$name, readOnly: true}]
  volumes: [{name: config, hostPath: {path: /etc/kubernetes/$name, type: Directory}}]
YAML
  mv /etc/kubernetes/pod.new "/etc/kubernetes/manifests/$name.yaml"
}
manager=/etc/kubernetes/kube-controller-manager
identity kube-controller-manager
identity kube-scheduler
pod kube-controller-manager 10257 "--root-ca-file=$manager/ca.crt" "--client-ca-file=$manager/ca.crt" \
  "--cluster-signing-cert-file=$manager/ca.crt" "--cluster-signing-key-file=$manager/ca.key" \
  "--service-account-private-key-file=$manager/service-account.key" --use-service-account-credentials=true \
  "--requestheader-client-ca-file=$manager/front-proxy-ca.crt" --allocate-node-cidrs=false
pod kube-scheduler 10259
END
