"""Guesses the encoding of a text file from the names in it.

- `names` lists common names and headers of many languages.
- `likelihood` says how likely a text is, by its letters.
- `guess` compares the encodings that can decode a sample.
"""
