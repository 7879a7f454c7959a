# The address on a second machine, so that it is there when the first one goes; and a kubelet that needs no such address.
planes=$(kubectl get nodes -l node-role.kubernetes.io/control-plane -o name | sed 's#node/##')
address=${API#*://} address=${address%:*}
spare=$(grep -vxF "$TARGET" <<< "$planes" | head -1)
own=$(kubectl get node "$spare" -o jsonpath='{.status.addresses[?(@.type=="InternalIP")].address}')
box "$spare" "ip address add $address/32 dev \$(ip -4 -oneline address show to $own | awk '{ print \$2 }')"
box "$TARGET" "sed -i 's#server: .*#server: https://$TARGET_ADDRESS:6443#' /etc/kubernetes/kubelet/kubeconfig; systemctl restart kubelet"
