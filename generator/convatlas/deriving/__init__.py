"""DERIVE: what follows from the records, made without a network."""
