"""What one run needs: its command, its environment, its limits."""
