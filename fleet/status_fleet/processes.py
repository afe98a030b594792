"""Processes that must not outlive somebody."""
