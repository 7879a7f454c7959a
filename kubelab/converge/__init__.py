"""Finds the differences between rendered files and boxes, plans the changes, and carries them out."""
