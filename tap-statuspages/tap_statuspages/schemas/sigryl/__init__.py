"""JSON schemas of Sigryl's streams, one file each."""
