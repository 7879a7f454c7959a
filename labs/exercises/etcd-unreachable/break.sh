gone() { ! kubectl get --raw /readyz --request-timeout=2s; }
until_true 60 gone
