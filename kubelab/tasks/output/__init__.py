"""How results are shown to a person or a program."""
