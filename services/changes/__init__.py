"""The change log, from which clients synchronize their copies."""
