"""The convolutions' own weights as pictures."""
