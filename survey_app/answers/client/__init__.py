"""What a respondent's browser loads: scripts and styles, joined into one file a page."""
