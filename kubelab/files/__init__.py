"""Writes files whole, and reads foreign or kept files within bounds."""
