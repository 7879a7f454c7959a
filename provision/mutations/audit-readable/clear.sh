#!/usr/bin/env bash
# Only root can read the audit log.
chmod 0600 /var/log/kubernetes/audit.log
