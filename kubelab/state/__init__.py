"""What is kept under build/ and in the cache: files, locks, journals, networks, checkpoints."""
