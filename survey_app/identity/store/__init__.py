"""STORE of the identity side: who was invited, and that a credential was signed."""
