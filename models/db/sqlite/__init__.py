"""SQLite: the engine, short reads and the stored form of values."""
