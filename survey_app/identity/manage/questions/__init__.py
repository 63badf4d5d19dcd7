"""Questionnaires as survey managers edit them, and carry them to and from other programs."""
