# An authority of one's own that every control plane is told to trust beside the lab's; the others get its certificates.
text=$(box "$TARGET" <<'END'
cd /root
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout own.key -out own.crt -days 400 -subj /CN=own 2> /dev/null
cat own.crt
END
)
for name in $(kubectl get nodes -l node-role.kubernetes.io/control-plane -o name | sed 's#node/##'); do
  box "$name" "cat >> /etc/kubernetes/kubelet/ca.crt <<'PEM'
$text
PEM
cp -p /etc/kubernetes/kube-apiserver/pki/apiserver.crt /etc/kubernetes/kube-apiserver/pki/apiserver.old
cat >> /etc/kubernetes/kube-apiserver/pki/apiserver.crt <<'PEM'
$text
PEM"
done
