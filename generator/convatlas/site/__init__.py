"""From the manifest to a folder of pages; nothing here imports torch."""
