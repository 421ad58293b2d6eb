"""Phone columns of imported files: their headers, and the number of a row."""
