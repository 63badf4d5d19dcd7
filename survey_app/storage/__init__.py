"""Databases and migrations: one store for a side, on SQLite or PostgreSQL, that keeps no order."""
