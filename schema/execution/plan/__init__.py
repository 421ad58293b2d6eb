"""Plans of operations, and the code that is generated for them."""
