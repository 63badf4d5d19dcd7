"""The identity side: who is invited, and that a credential was handed out; never an answer."""
