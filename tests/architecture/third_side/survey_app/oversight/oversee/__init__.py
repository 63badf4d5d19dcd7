"""The site of the side."""
