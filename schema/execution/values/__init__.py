"""Values that clients give: arguments, literals and variables."""
