#!/usr/bin/env bash
# Delete the claim and its pod. A volume that a repair gave the claim is deleted with it.
drop deployment archive guestbook
drop persistentvolumeclaim archive guestbook
kubectl wait --for=delete persistentvolumeclaim/archive -n guestbook --timeout=60s > /dev/null
