# The file as it was before there was encryption: from the next start on, new secrets are plain.
box "$CONTROL_PLANE" "sed -i 's/- secretbox:.*/- identity: {}/; /keys:/d; /- name:/d; /secret:/d' /etc/kubernetes/kube-apiserver/encryption.yaml"
