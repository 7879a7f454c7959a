kubectl -n "$SPACE" delete configmap receipt-plums
