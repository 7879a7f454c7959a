#!/usr/bin/env bash
# Delete the webhook.
drop validatingwebhookconfiguration "$NAME" -
