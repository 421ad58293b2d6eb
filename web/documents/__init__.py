"""Documents that a request names by an id or a hash: trusted documents, and the persisted queries of Apollo."""
