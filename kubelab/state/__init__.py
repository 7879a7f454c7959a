"""Files under build/ and in the cache: a lab's files, locks, journals, networks, checkpoints."""
