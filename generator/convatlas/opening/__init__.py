"""OPEN: turn the configuration into networks and image sets with their fingerprints."""
