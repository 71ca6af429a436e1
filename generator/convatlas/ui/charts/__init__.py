"""Charts: the coordinates and SVG paths that templates draw."""
