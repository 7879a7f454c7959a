kubectl label node "$TARGET" "$LABEL=$VALUE"
