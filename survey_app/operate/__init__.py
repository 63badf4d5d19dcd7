"""What whoever runs the program does: prepare a demo, make and restore backups."""
