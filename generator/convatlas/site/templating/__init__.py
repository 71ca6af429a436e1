"""Templates, themes, and what goes wrong in them."""
