"""Long work, kept in the store and done beside the requests."""
