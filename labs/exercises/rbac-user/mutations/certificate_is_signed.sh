# The same request once more, which nobody approves. (One that is only gone was signed all the same.)
request=$(kubectl get certificatesigningrequest "$USER" -o 'jsonpath={.spec.request}')
kubectl delete certificatesigningrequest "$USER"
kubectl create -f - <<END
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: $USER}
spec:
  request: $request
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
END
