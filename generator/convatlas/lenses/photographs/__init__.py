"""The images that other lenses refer to."""
