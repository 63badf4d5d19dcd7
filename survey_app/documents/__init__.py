"""What crosses between the sides or is kept by its bytes: design, manifest, results, release."""
