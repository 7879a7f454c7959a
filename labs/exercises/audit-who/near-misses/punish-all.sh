kubectl -n "$SPACE" delete serviceaccounts cleaner importer mirror reporter
