"""Picture formats: a file for each, and the registry that tells all others of them."""
