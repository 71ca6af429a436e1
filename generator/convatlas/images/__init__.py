"""Image sets, and pictures as encoded bytes."""
