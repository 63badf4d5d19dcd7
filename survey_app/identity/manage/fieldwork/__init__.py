"""The progress of a campaign in the field, in counts."""
