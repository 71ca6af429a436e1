"""Small windows of images, where the images are not published whole."""
