"""The output folder, and the processes that fill it."""
