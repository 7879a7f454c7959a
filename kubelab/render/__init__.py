"""Every file of a lab, in memory: roles, templates, what a box is given. Pure."""
