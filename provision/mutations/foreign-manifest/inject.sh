#!/usr/bin/env bash
# Add a static pod that the lab does not know.
image=$(crictl images -o json | jq -r '.images[].repoTags[]' | grep -m 1 agnhost)
cat > /etc/kubernetes/.kubelab-staged << END
apiVersion: v1
kind: Pod
metadata: {name: foreign, namespace: default}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: kube-nobody, image: "$image", command: [/agnhost, pause]}]
END
mv /etc/kubernetes/.kubelab-staged /etc/kubernetes/manifests/foreign.yaml
runs() { [[ -n $(crictl ps --quiet --state running --name '^kube-nobody$') ]]; }
wait_for 60 "the foreign pod" runs
