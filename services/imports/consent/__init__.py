"""Columns of consent in imported files: their headers, their cells and the numbers that they opt out."""
