"""The fault campaign: loads taps while responses fail, rows change and processes are killed; no data may be lost."""
