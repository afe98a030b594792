"""The documentation site: what of its pages is generated, and what makes them a site."""
