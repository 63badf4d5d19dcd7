"""What the program is made of: its locks, licences, bill of materials and known faults."""
