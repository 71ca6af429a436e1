"""Templates and themes, and the errors in them."""
