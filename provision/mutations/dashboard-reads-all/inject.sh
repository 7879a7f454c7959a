#!/usr/bin/env bash
# The dashboard's account reads config maps everywhere.
change clusterrole dashboard-reader - '.rules += [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]'
