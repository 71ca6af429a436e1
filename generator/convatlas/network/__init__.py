"""Networks: opening them, walking their layers, tapping their forward pass."""
