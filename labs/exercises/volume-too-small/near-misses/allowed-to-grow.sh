# The class allows it now, the claim asks for more, and nobody enlarges anything.
kubectl patch storageclass local -p '{"allowVolumeExpansion":true}'
kubectl -n "$SPACE" patch pvc small -p '{"spec":{"resources":{"requests":{"storage":"500Mi"}}}}'
