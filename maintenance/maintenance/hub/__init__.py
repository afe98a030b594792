"""The definitions of the taps for Meltano Hub, made from what the taps say of themselves."""
