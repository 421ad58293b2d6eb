"""GraphiQL's page and its files."""
