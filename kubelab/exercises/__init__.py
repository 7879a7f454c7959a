"""Exercises: a folder under labs/exercises/, a student's variant, the running attempt, its grade."""
