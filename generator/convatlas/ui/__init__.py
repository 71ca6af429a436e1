"""What pages are drawn with: text, addresses, thumbnails, tiles."""
