"""Forms with files, whose fields are read in one piece."""

from typing import IO

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser, MultiPartParser

_PIECE = 8 * 1024 * 1024
"""Longer than the fields of any form here; only files are longer."""


class _WholeFields(FormDataParser):
    """Reads a form in pieces that its fields do not exceed.

    Werkzeug 3.1.9 reads pieces of 64 KB, and loses a field where one ends just behind a boundary:
    a table of a hundred rows is longer.
    """

    def _parse_multipart(
        self,
        stream: IO[bytes],
        mimetype: str,  # noqa: ARG002 - Werkzeug's signature
        content_length: int | None,
        options: dict[str, str],
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        parser = MultiPartParser(
            stream_factory=self.stream_factory,
            max_form_memory_size=self.max_form_memory_size,
            max_form_parts=self.max_form_parts,
            cls=self.cls,
            buffer_size=_PIECE,
        )
        boundary = options.get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("Missing boundary")
        form, files = parser.parse(stream, boundary, content_length)
        return stream, form, files


class FormRequest(Request):
    """A request whose form is read whole."""

    form_data_parser_class = _WholeFields
