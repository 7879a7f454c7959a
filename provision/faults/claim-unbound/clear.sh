#!/usr/bin/env bash
# The claim and its pod go; a volume that a repair gave it goes with it.
drop deployment archive guestbook
drop persistentvolumeclaim archive guestbook
kubectl wait --for=delete persistentvolumeclaim/archive -n guestbook --timeout=60s > /dev/null
