"""Derives the schemas of tap-rootly from the provider's OpenAPI document, and tells what has changed in it."""
