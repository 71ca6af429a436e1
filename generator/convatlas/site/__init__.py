"""PUBLISH: turn the manifest into a folder of pages; nothing here imports torch."""
