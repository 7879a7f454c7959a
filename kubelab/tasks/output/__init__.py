"""Shows results to a person or a program."""
