"""Singer tap for Sigryl and BoxWatch status pages."""
