"""The plain data that passes between the stages."""
