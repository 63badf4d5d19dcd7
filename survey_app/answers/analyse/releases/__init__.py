"""What leaves the office: disclosure control, and releases that statisticians sign."""
