"""Records messages, and updates what depends on them."""
