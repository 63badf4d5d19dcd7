"""What attackers learn from releases of random campaigns: ``python -m bench.disclosure``."""
