"""Edits: changes made to a picture as a network sees it, to find out what filters notice."""
