"""Progress lines, the live view, charts."""
