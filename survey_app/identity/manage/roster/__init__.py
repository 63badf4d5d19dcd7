"""Rosters: spreadsheets read, rows checked, samples drawn, persons kept encrypted."""
