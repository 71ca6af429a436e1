"""Whether a published site holds together."""
