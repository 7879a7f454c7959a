#!/usr/bin/env bash
# A machine's record says that it has applied something more than what was rendered.
edit /var/lib/kubelab/applied.tsv sed '$p'
