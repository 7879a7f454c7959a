#!/usr/bin/env bash
# A claim that names no storage class gets none.
change storageclass local - '.metadata.annotations["storageclass.kubernetes.io/is-default-class"] = "false"'
