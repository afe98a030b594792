"""The fault campaign: taps loaded while answers fail, rows move and processes are killed; nothing may be lost by it."""
