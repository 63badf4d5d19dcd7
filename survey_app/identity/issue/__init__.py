"""SITE, public, on the identity side: spends invitation codes on blind signatures."""
