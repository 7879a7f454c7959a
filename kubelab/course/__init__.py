"""Courses: what a teacher plans, the pack that each student gets, what comes back, and what of it can be believed."""
