"""Harms a running lab in every way of a table while a client writes to it, and keeps the cost of each harm."""
