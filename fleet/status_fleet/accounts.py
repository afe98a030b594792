"""The accounts file: what it says, as objects."""
