"""One HTML page about incidents, uptime and on-call."""
