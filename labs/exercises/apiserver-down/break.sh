# The old API server may answer for some seconds more; the exercise begins when it does not.
gone() { ! kubectl get --raw /readyz --request-timeout=1s; }
until_true 60 gone
