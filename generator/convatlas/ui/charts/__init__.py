"""Charts as numbers that templates draw."""
