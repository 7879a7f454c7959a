#!/usr/bin/env bash
# Put the timeline back.
put /var/lib/kubelab/timeline.tsv
