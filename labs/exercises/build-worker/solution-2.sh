# RSA keys, the subject's parts the other way round, the command in a drop-in, kube-proxy in a file of another name.
# What step 5 allows to be read on another worker.
IMAGE_OF_PROXY=$(kubectl -n kube-system get pod "kube-proxy-$OTHER_WORKER" -o 'jsonpath={.spec.containers[0].image}')
OTHERS=$(box "$OTHER_WORKER" 'base64 -w0 /etc/kubernetes/kube-proxy/kubeconfig')
OTHERS_CONFIG=$(box "$OTHER_WORKER" 'base64 -w0 /etc/kubernetes/kube-proxy/config.yaml')
KUBELAB_VALUES+=' IMAGE_OF_PROXY OTHERS OTHERS_CONFIG'
box "$TARGET" <<'END'
install -d /etc/kubernetes/{kubelet,kube-proxy,manifests}
cd /etc/kubernetes/kubelet
umask 077
pair() { # NAME USAGE [NAMES]
  openssl req -new -newkey rsa:2048 -nodes -keyout "$1.key" -out /root/node.csr \
    -subj "/CN=system:node:$TARGET/O=system:nodes" -addext "keyUsage=critical,digitalSignature" \
    -addext "extendedKeyUsage=$2" ${3:+-addext "subjectAltName=$3"}
  openssl x509 -req -in /root/node.csr -CA /root/authority/ca.crt -CAkey /root/authority/ca.key -days 365 \
    -copy_extensions copyall -out "$1.crt"
}
pair server serverAuth "DNS:$TARGET,IP:$TARGET_ADDRESS"
pair client clientAuth
cat > kubeconfig <<YAML
apiVersion: v1
kind: Config
clusters:
- {name: lab, cluster: {server: "$API", certificate-authority-data: $(base64 -w0 /root/authority/ca.crt)}}
users:
- {name: kubelet, user: {client-certificate-data: $(base64 -w0 client.crt), client-key-data: $(base64 -w0 client.key)}}
contexts:
- {name: lab, context: {cluster: lab, user: kubelet}}
current-context: lab
YAML
rm client.crt client.key /root/node.csr
umask 022
install -m 644 /root/authority/ca.crt ca.crt
chmod 644 server.crt
driver=cgroupfs
! grep -q 'SystemdCgroup = true' /etc/containerd/config.toml || driver=systemd
cat > config.yaml <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $TARGET_ADDRESS
tlsCertFile: /etc/kubernetes/kubelet/server.crt
tlsPrivateKeyFile: /etc/kubernetes/kubelet/server.key
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: /etc/kubernetes/kubelet/ca.crt}
authorization: {mode: Webhook}
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
staticPodPath: /etc/kubernetes/manifests
clusterDomain: $DOMAIN
clusterDNS: [$DNS]
maxPods: $MOST
cgroupDriver: $driver
failCgroupV1: false
failSwapOn: false
evictionHard: {memory.available: 0%, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%, imagefs.inodesFree: 0%}
YAML
cat > /etc/systemd/system/kubelet.service <<UNIT
[Unit]
Description=kubelet
After=containerd.service flanneld.service

[Service]
Environment=PATH=/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=/bin/false
Restart=always
RestartSec=1
KillMode=process

[Install]
WantedBy=multi-user.target
UNIT
(umask 077; base64 -d <<< "$OTHERS" > /etc/kubernetes/kube-proxy/kubeconfig)
base64 -d <<< "$OTHERS_CONFIG" | sed -e "s/^bindAddress: .*/bindAddress: $TARGET_ADDRESS/" -e "s/^hostnameOverride: .*/hostnameOverride: $TARGET/" \
  > /etc/kubernetes/kube-proxy/config.yaml
cat > /etc/kubernetes/proxy.new <<YAML
apiVersion: v1
kind: Pod
metadata: {name: kube-proxy, namespace: kube-system, labels: {k8s-app: kube-proxy}}
spec:
  hostNetwork: true
  priorityClassName: system-node-critical
  priority: 2000001000
  containers:
    - name: kube-proxy
      image: $IMAGE_OF_PROXY
      imagePullPolicy: IfNotPresent
      command: [kube-proxy, --config=/etc/kubernetes/kube-proxy/config.yaml]
      securityContext: {privileged: true}
      volumeMounts:
        - {name: config, mountPath: /etc/kubernetes/kube-proxy, readOnly: true}
        - {name: lock, mountPath: /run/xtables.lock}
  volumes:
    - {name: config, hostPath: {path: /etc/kubernetes/kube-proxy, type: Directory}}
    - {name: lock, hostPath: {path: /run/xtables.lock, type: FileOrCreate}}
YAML
mv /etc/kubernetes/proxy.new /etc/kubernetes/manifests/proxy.yaml
install -d /etc/systemd/system/kubelet.service.d
cat > /etc/systemd/system/kubelet.service.d/own.conf <<UNIT
[Service]
ExecStart=
ExecStart=/opt/bin/kubelet --config=/etc/kubernetes/kubelet/config.yaml --kubeconfig=/etc/kubernetes/kubelet/kubeconfig --hostname-override=$TARGET --node-ip=$TARGET_ADDRESS
UNIT
systemctl daemon-reload
systemctl enable --now kubelet
END
until_true 60 kubectl get node "$TARGET"
kubectl label node "$TARGET" node-role.kubernetes.io/worker= --overwrite
