"""The identity side: who is invited, and that a credential was signed; never an answer."""
