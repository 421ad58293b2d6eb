"""Lists of contacts, and their members."""
