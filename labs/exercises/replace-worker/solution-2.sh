# RSA keys, a kubeconfig that names its files, and a kubelet that gives its node label and taint itself when it registers.
box "$TARGET" <<'END'
from=/opt/kubelab/box/files
install -d /etc/kubernetes/kubelet /etc/kubernetes/kube-proxy /etc/kubernetes/manifests /etc/cni/net.d
install -m 644 $from/etc/kubernetes/kubelet/{ca.crt,config.yaml,resolv.conf} /etc/kubernetes/kubelet/
install -m 644 $from/etc/kubernetes/kube-proxy/config.yaml /etc/kubernetes/kube-proxy/
install -m 600 $from/etc/kubernetes/kube-proxy/kubeconfig /etc/kubernetes/kube-proxy/
install -m 644 $from/etc/cni/net.d/10-flannel-calico.conflist /etc/cni/net.d/
install -m 600 $from/etc/cni/net.d/calico-cni.kubeconfig /etc/cni/net.d/
install -m 644 $from/etc/kubernetes/manifests/kube-proxy.yaml /etc/kubernetes/manifests/
umask 077
for name in server client; do
  openssl req -new -newkey rsa:2048 -nodes -keyout /etc/kubernetes/kubelet/$name.key \
    -out /root/$name.csr -subj "/O=system:nodes/CN=system:node:$TARGET" \
    $([[ $name == client ]] || echo -addext "subjectAltName=DNS:$TARGET,IP:$TARGET_ADDRESS") 2> /dev/null
done
END
signed() { # NAME SIGNER USAGE: the certificate, base64
  kubectl delete certificatesigningrequest "$TARGET-$1" --ignore-not-found > /dev/null
  kubectl apply -f - > /dev/null <<END
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: $TARGET-$1}
spec: {request: $(box "$TARGET" "base64 -w0 /root/$1.csr"), signerName: kubernetes.io/$2, usages: [digital signature, $3]}
END
  kubectl certificate approve "$TARGET-$1" > /dev/null
  issued() { kubectl get certificatesigningrequest "$TARGET-$1" -o 'jsonpath={.status.certificate}'; }
  there() { [[ -n $(issued "$1") ]]; }
  until_true 20 there "$1"
  issued "$1"
}
SERVER=$(signed server kubelet-serving 'server auth')
CLIENT=$(signed client kube-apiserver-client-kubelet 'client auth')
KUBELAB_VALUES+=' SERVER CLIENT'
box "$TARGET" <<'END'
cd /etc/kubernetes/kubelet
base64 -d <<< "$SERVER" > server.crt
chmod 644 server.crt
base64 -d <<< "$CLIENT" > client.crt
(umask 077
 sed -e "s#client-certificate-data: .*#client-certificate: client.crt#" -e "s#client-key-data: .*#client-key: client.key#" \
   /opt/kubelab/box/files/etc/kubernetes/kubelet/kubeconfig > kubeconfig)
rm -f /root/*.csr
install -d /etc/systemd/system/kubelet.service.d
start=$(systemctl show -p ExecStart --value kubelet | sed 's/.*argv\[\]=\([^;]*\) ;.*/\1/')
printf '[Service]\nExecStart=\nExecStart=%s --node-labels=%s=%s\n' "$start" "$LABEL" "$VALUE" > /etc/systemd/system/kubelet.service.d/own.conf
[[ $EFFECT == none ]] || printf 'registerWithTaints: [{key: reserved, value: %s, effect: %s}]\n' "$SPACE" "$EFFECT" >> config.yaml
systemctl daemon-reload
systemctl enable --now kubelet
END
until_true 60 kubectl get node "$TARGET"
kubectl label node "$TARGET" node-role.kubernetes.io/worker=
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=90s
