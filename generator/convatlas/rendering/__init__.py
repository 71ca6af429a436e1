"""RENDER: render the missing records, in batches on the device."""
