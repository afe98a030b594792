"""Derives the schemas of tap-rootly from the provider's OpenAPI document, and reports changes in it."""
