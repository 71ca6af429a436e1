"""Networks: open them, trace their layers, record responses in their forward pass."""
