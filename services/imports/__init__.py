"""Imports contacts from CSV and XLSX files.

- `decoding` converts any file to UTF-8 text, with `encodings` and `xlsx`.
- `record_splitting` splits the text into blocks of whole records. `dialects` detects delimiters and quotes, and
  `header_rows` finds the headers.
- `headers` and `columns` map each column to a contact field.
- `row_parsing` is pure and converts a record to a contact or a rejection.
- `blocks` parses a block and formats it for the database. `parsers` runs it in separate processes for large files.
- `merge` merges a block into the contacts as one set.
- `job` runs these steps as a job.
"""
