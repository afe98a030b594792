"""A simulation of a fleet's schedule, with measured costs: how many workers an account file needs, and what waits."""
