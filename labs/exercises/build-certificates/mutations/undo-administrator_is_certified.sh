box "$CONTROL_PLANE" "mv /root/away.kubeconfig /root/$PERSON.kubeconfig"
