"""The register of opt-outs, and the keywords that change it."""
