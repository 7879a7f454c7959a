#!/usr/bin/env bash
# The last step of a machine has not come to its end.
edit /var/lib/kubelab/timeline.tsv sed '$d'
