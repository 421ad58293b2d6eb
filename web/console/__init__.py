"""The console: a page, its files, and the documents that it sends."""
