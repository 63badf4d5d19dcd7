"""The seal keeper: of neither side, with a key and nothing else; no store and no site."""
