"""A side that is there for a test: it keeps posts."""
