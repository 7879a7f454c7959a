"""Keys and certificates: which there are, issuing them, ssh keys, and keeping secrets out of what is shown."""
