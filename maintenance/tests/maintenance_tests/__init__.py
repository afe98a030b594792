"""The tests are a package, so that `maintenance` stays the name of the tools and not of the folder above."""
