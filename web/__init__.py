"""HTTP: from a request's bytes to an operation, and from its result to bytes. Holds no rule of the product."""
