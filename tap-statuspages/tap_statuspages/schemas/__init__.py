"""JSON schemas of the streams, one file each, in a folder for each provider."""
