"""Singer tap for Cachet status pages."""
