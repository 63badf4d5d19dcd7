"""The store of the side."""
