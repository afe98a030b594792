"""The definitions of the taps for Meltano Hub, made from the taps' own `--about`."""
