"""Files that a page serves, to be saved and not shown."""

from flask import Response

CSV = "text/csv"
PDF = "application/pdf"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def attachment(content: bytes, mimetype: str, name: str) -> Response:
    """Answer with a file to be saved under a name."""
    response = Response(content, mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
