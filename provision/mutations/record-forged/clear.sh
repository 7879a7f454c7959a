#!/usr/bin/env bash
# Put the record back.
put /var/lib/kubelab/applied.tsv
