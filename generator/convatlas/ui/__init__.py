"""Building blocks of pages: text, addresses, thumbnails, tiles, charts."""
