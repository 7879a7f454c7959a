#!/usr/bin/env bash
# Cluster DNS answers for a name that does not exist.
since=$(date --utc +%FT%TZ)
# shellcheck disable=SC2016 # jq's own variables
change configmap coredns kube-system \
  '.data.Corefile |= sub("\n    errors\n"; "\n    errors\n    template IN A {\n        match ^nobody-has-this.*\n        answer \"{{ .Name }} 5 IN A 10.9.9.9\"\n    }\n    template IN AAAA {\n        match ^nobody-has-this.*\n        rcode NOERROR\n    }\n")'
# Every server must reload the configuration. The kubelet updates the mounted file after a delay.
reloaded() {
  local pod
  for pod in $(kubectl get pods -n kube-system -l k8s-app=kube-dns -o name); do
    [[ $(kubectl logs -n kube-system "$pod" --since-time="$since") == *"Reloading complete"* ]] || return 1
  done
}
wait_for 90 "the servers' new configuration" reloaded
