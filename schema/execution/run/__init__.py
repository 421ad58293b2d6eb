"""One run of a plan: sources, completion of values, errors."""
