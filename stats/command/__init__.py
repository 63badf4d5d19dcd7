"""The command ``python -m stats``: files in, tables out, refusals in one sentence."""
