"""What the server runs: the sites named in SURVEY_SITES, each mounted under its prefix."""

from survey_app import served
from survey_app.config import Settings

app = served(Settings())
