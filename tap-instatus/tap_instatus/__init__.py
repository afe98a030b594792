"""Singer tap for Instatus status pages."""
