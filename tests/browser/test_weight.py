"""What a phone has to load to answer."""

from tests.browser.phone import link


def test_the_page_loads_in_three_requests_and_40_kb(survey, phone):
    phone.open(link(survey, survey.code()), "welcome")

    page = [response for response in phone.responses if response.request.method == "GET"]
    loaded = [one for one in page if not one.url.startswith("data:")]
    assert len(loaded) == 3, [one.url for one in loaded]
    assert sum(len(one.body()) for one in loaded) <= 40_000
