"""How much an attacker learns from releases, over random campaigns: ``python -m bench.disclosure``."""
