# Made, never approved, and gone.
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
kubectl delete certificatesigningrequest "$USER"
kubectl -n "$SPACE" create rolebinding "$USER" --clusterrole="$ROLE" --user="$USER"
