# The first that asked was refused.
for account in cleaner importer; do
  [[ $account != "$CULPRIT" ]] || continue
  kubectl -n "$SPACE" patch configmap answer --type=merge -p "{\"data\":{\"account\":\"$account\",\"verb\":\"delete\"}}"
done
