"""Phone numbers: parsing, numbering plan, operators and time zones."""
