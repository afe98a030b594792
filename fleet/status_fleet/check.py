"""Says which line of the accounts file is wrong, and why."""
