#!/usr/bin/env bash
# NAME: a quota that allows no pod. Running pods stay; new pods are refused.
api
kubectl create quota "$NAME" -n guestbook --hard=pods=0 > /dev/null
