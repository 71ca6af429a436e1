"""RECEIPTS: what a complete build leaves in the store, so that the next one has less to do."""
