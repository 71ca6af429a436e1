"""The content-addressed cache of records."""
