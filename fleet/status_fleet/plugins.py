"""What the Meltano project knows of its taps: their settings, and which of them are secret."""
