"""What both sides need to make papers: fonts, and pages to print."""
