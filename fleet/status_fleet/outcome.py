"""How a run has ended, and whether it may be tried again."""
