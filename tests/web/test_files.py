"""Files that pages serve are saved and not shown, under the name they were given."""

import pytest

from survey_app.web.files import attachment


@pytest.mark.parametrize("name", ["spring-rates.csv", "春季.csv", 'a"b.csv'])
def test_a_file_is_saved_under_its_name(name):
    answer = attachment(b"content", "text/csv", name)

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.mimetype == "text/csv"
    assert answer.data == b"content"


def test_a_name_cannot_add_a_header():
    with pytest.raises(ValueError, match="newline"):
        attachment(b"", "text/csv", "a\r\nSet-Cookie: x=1")
