"""The PostgreSQL engine and its parts."""
