"""The process that a run lives and dies with: it holds the account's lock, and ends the whole run with itself."""
