"""Exercises: what a folder under labs/exercises/ says, which variant a student gets, and the attempt that runs."""
