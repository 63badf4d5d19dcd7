"""What a phone has to load to answer."""

from tests.browser.phone import link


def test_the_page_loads_in_three_requests_and_40_kb(survey, phone):
    phone.open(link(survey, survey.code()), "welcome")

    page = [response for response in phone.responses if response.request.method == "GET"]
    loaded = [part for part in page if not part.url.startswith("data:")]
    assert len(loaded) == 3, [part.url for part in loaded]
    assert sum(len(part.body()) for part in loaded) <= 40_000
