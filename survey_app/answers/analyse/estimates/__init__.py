"""From an opened box to results, in pure functions: no web, no store, no file."""
