"""The box of sealed ballots: its key, its opening, and reading it once it is open."""
