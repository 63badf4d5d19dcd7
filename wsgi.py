"""What the server runs: the sites named in SURVEY_SITES, each mounted under its prefix."""

from survey_app import mounted
from survey_app.config import Settings

app = mounted(Settings())
