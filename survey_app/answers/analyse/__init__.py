"""SITE, staff, on the answers side: accepting, opening, rates."""
