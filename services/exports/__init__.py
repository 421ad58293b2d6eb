"""Exports contacts to CSV, XLSX or JSON files. Memory use does not grow with the number of contacts."""
