"""JSON schemas of BoxWatch's streams, one file each."""
