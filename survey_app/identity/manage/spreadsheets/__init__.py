"""Files that spreadsheets write, from outside: measured, then read as rows of texts."""
