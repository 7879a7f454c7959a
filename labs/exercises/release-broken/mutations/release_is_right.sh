# An upgrade that the API server refuses: the newest revision has failed, and all runs as before.
! helm -n "$SPACE" upgrade "$APP" "$FILES/counter" --reuse-values --set-string port=none
