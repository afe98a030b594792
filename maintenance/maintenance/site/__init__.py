"""The documentation site: the generated parts of its pages, and the hooks that build it."""
