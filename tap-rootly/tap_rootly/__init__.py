"""Singer tap for Rootly status pages."""
