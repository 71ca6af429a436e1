"""Claims about filters, put to the test."""
