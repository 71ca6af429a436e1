"""Read `atlas.yaml` into a checked configuration."""
