"""The command status-fleet."""
