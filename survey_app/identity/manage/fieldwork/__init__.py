"""How a campaign in the field goes on, in counts."""
