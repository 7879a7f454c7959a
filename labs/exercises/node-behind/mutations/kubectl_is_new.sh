box "$TARGET" 'ln -sfn "$(printf "%s\n" /opt/kubelab/components/kubernetes-"$BEFORE".*/kubectl | tail -1)" /opt/bin/kubectl'
