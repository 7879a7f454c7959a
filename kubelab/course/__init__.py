"""Courses: a teacher's plan, each student's pack, the submissions, and how far to believe them."""
