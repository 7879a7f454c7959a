openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout user.key -out user.csr -subj "/O=system:masters/CN=$USER" 2> /dev/null
kubectl apply -f - <<END || true
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: $USER}
spec:
  request: $(base64 -w0 user.csr)
  signerName: example.com/own
  usages: [client auth]
END
kubectl certificate approve "$USER" || true
