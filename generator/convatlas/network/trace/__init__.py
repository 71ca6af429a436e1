"""One recorded forward pass: which operations it calls, on what, in which order."""
