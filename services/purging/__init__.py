"""Deletes expired rows and the traces of purged contacts. Imports all domains; none of them imports it."""
