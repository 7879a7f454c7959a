"""The words a person types: each module is one namespace, each task a table of contents."""
