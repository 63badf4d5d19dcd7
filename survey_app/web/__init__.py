"""What every site is made of: limits, headers, languages, refusals, and the port for watchers."""
