"""From atlas.yaml to a checked configuration."""
