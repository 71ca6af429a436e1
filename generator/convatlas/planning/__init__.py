"""PLAN: which records are asked for, and which of them the store lacks."""
