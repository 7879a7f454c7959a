"""Harms a running lab in every way of a table while somebody writes to it, and keeps what that cost."""
