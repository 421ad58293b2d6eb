"""Contacts: saving, selection, filter, tags, owners and trash."""
