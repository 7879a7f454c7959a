# A certificate of an authority of one's own, written where the cluster's would stand.
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout user.key -out user.csr -subj "/O=$GROUP/CN=$USER" 2> /dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout own.key -out own.crt -days 9 -subj /CN=kubernetes 2> /dev/null
openssl x509 -req -in user.csr -CA own.crt -CAkey own.key -CAcreateserial -days 9 -out user.crt 2> /dev/null
kubectl apply -f - <<END
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: $USER}
spec:
  request: $(base64 -w0 user.csr)
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
END
kubectl patch certificatesigningrequest "$USER" --subresource=status --type=merge \
  -p "{\"status\": {\"certificate\": \"$(base64 -w0 user.crt)\"}}" || true
kubectl -n "$SPACE" create rolebinding "$USER" --clusterrole="$ROLE" --user="$USER"
