"""Contacts as a file: CSV, XLSX or JSON, whole accounts in flat memory."""
