# A signed request cannot be put back: only its signer writes the certificate.
kubectl delete certificatesigningrequest "$USER"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout user.key -out user.csr -subj "/O=$GROUP/CN=$USER" 2> /dev/null
kubectl apply -f - <<END
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: $USER}
spec:
  request: $(base64 -w0 user.csr)
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
END
kubectl certificate approve "$USER"
