for name in "$CONTROL_PLANE" "$TARGET"; do
  uncover "$name"
  box "$name" "rm -rf /root/authority /root/$PERSON.kubeconfig"
done
