"""The audit log: who changed what, for as long as the operator wants."""
