"""The reference respondent: asks the public sites over HTTP, and knows no site's code."""
