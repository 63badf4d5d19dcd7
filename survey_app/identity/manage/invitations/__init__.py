"""Invitation codes: made, listed, mailed, replaced, revoked."""
