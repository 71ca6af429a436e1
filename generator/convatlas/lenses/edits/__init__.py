"""Edits: which filters notice a change to the images, what it does to the scores, and by which."""
