"""The record of a forward pass: which operations it calls, on what, in which order."""
