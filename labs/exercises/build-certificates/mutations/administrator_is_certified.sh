box "$CONTROL_PLANE" "mv /root/$PERSON.kubeconfig /root/away.kubeconfig"
