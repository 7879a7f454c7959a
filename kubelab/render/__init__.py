"""Renders every file of a lab, in memory: roles, templates, the files of each box. Pure."""
