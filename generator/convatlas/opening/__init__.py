"""OPEN: from the configuration to networks and image sets with their fingerprints."""
