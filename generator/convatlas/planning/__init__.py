"""PLAN: determine the requested records, and which of them the store lacks."""
