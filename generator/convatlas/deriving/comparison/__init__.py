"""Two networks held side by side, from what the store has of each."""
