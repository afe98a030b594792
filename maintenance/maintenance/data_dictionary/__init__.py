"""The data dictionary: what every table and column means, and how the tables belong together."""
