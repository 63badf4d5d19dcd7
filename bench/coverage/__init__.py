"""Simulated coverage of what `stats` gives, and the tables of docs/methodology.md."""
