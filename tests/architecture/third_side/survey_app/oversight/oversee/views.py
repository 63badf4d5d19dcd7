"""One page: the posts."""

from flask import Blueprint
from sqlalchemy import select
from survey_app.oversight.store.models import Post

from survey_app.accounts.guard import open_to


def blueprint(database, settings):
    site = Blueprint("oversee", __name__)

    @site.get("/")
    @open_to("overseer")
    def index():
        with database.read() as session:
            return {"posts": session.scalars(select(Post.post)).all()}

    return site
