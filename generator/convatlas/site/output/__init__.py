"""From pages to a folder on disk."""
