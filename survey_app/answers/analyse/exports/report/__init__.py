"""The report in Word: what it is made of, from a paragraph up to a chapter."""
