"""Keys and certificates: their list, their issue, ssh keys, and keeping secrets out of output."""
