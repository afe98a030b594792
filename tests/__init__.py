"""End to end: what the sandbox holds, loaded by the taps and the loaders, is compared with the tables."""
