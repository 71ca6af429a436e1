"""The ways of looking at filters: one file or folder a lens."""
