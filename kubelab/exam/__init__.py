"""The mock examination: many exercises at once, drawn by the curriculum's shares, against the clock."""
