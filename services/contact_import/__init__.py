"""A file of contacts, CSV or XLSX, taken in.

`text` makes one sort of text of any file, and `records` cuts it into blocks of whole records; `headers` and `columns`
tell what each column is; `parsing` is pure, from a record to a contact or a rejection; `blocks` does a block of them
and writes it as the database takes it, in a process of its own (`workers`) where there is much to do; `applying` merges
a block into the contacts, as one set; `running` does all of it as a job.
"""
