"""The data dictionary: the meaning of every table and column, and how the tables relate."""
