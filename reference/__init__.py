"""The reference of the statistics library, docs/stats.md, made from its docstrings."""
