"""Reading a published site: its networks, layers and filters as objects and tables."""
