"""The kernels of networks that are compared, each with its batch norm folded in."""
