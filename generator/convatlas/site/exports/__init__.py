"""Data files: JSON and CSV for programs, and data for the pages' scripts."""
