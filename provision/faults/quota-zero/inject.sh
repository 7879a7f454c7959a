#!/usr/bin/env bash
# NAME: a quota that allows no pod; pods that run stay, new ones are refused.
api
kubectl create quota "$NAME" -n guestbook --hard=pods=0 > /dev/null
