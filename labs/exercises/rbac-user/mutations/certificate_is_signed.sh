kubectl delete certificatesigningrequest "$USER"
