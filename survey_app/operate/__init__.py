"""What an operator does: prepare stores and a demo, make and restore backups."""
