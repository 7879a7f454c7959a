#!/usr/bin/env bash
# The claim and its pod go; a volume that a repair bound to it is free again, and empty.
freed() {
  kubectl get pv -o json | jq -r '.items[] | select(.spec.claimRef.name == "archive") | .metadata.name' \
    | xargs -rI{} kubectl patch pv {} --type=json -p '[{"op": "remove", "path": "/spec/claimRef"}]' > /dev/null
}

drop deployment archive guestbook
drop persistentvolumeclaim archive guestbook
kubectl wait --for=delete persistentvolumeclaim/archive -n guestbook --timeout=60s > /dev/null
freed
