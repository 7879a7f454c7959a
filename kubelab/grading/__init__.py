"""Grading: runs an exercise's checks with an identity of its own, and proves that they judge rightly."""
