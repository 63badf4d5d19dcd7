"""SITE, staff, on the identity side: campaigns, samples, invitations."""
