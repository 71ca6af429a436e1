"""RENDER: the missing records, in batches on the device."""
