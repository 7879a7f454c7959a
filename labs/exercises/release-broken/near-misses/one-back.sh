# variants: wrong=broken, wrong=pending
# The revision before is broken as well, or it is the old one.
helm -n "$SPACE" rollback "$APP"
