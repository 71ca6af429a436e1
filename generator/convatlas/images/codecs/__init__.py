"""Picture formats: one file for each encoder."""
