"""Converts a sheet of an XLSX workbook to CSV.

- `to_csv` checks the workbook, and runs `worker` in a process with limited memory and CPU time.
- `parts` finds the parts of the workbook, and reads the formats and the hidden rows of a sheet.
- `number_formats` formats numbers as Excel displays them.
"""
