"""Each role on each route: a new route that names no role is closed."""

import pytest

from survey_app.accounts import add_account
from survey_app.accounts.guard import OPEN_TO_ALL, OPEN_TO_STAFF
from survey_app.accounts.staff import give_role
from survey_app.config import API
from tests.sites import NAME, STAFF, csrf_token, serving, sign_in

EVERYBODY = {
    "manage": {"manager", "auditor"},
    "analyse": {"statistician", "checker", "auditor"},
}
PLACES = {"number": 1, "kind": "business", "ending": "docx"}
SEEN_BY_ALL = ("index", "box", "opening_progress", "manifest_file", "releases", "release_key")
RESULTS = (
    *("rates", "rates_file", "quality", "nonresponse", "compare", "pictures_page", "picture"),
    *("one_release", "check_release", "release_file", "withdraw_release"),
    *("posts", "posts_of_release", "items"),
)
THE_BOX = (
    *("choose_manifest", "start_again", "preview_manifest", "make_shares", "accept_manifest"),
    *(
        "extend",
        "strip_box",
        "open_box",
        "destroy_key",
        "key_of_box",
        "files",
        "file",
        "make_release",
        "release_progress",
        "compute_release",
    ),
)
LOOKING = """index campaign questions preview_questions questions_file strata plan roster
roster_template manifest invite fieldwork_page turnout_json work work_progress
closing_statement extension_statement
counts_table hand_over letters texts
fieldwork_report"""
CHANGING = """new create create_from_file create_wave save edit_questions save_questions
copy_questions import_questions save_strata add_rows read_block merge apply_plan
upload_roster read_roster try_roster lower_populations draw erase erase_on confirm fix publish
ask_extension extend close root codes fetch_codes destroy_codes lost_code replace_code
confirm_list drop_list
mail work_again
dismiss_work preview_letters send_test write_again dismiss_letters cards_for_letters
ask_pause pause resume ask_close ask_erase ask_erase_on ask_delete delete archive unarchive
drop_proposal"""
KEEPING = """make_account account give_role lock_account unlock_account confirm_account
reset_password reset_authenticator"""
ROUTES = {
    "manage": {
        **{f"staff.{name}": EVERYBODY["manage"] for name in ("log", "accounts")},
        **{f"staff.{name}": {"manager"} for name in KEEPING.split()},
        **{f"manage.{name}": EVERYBODY["manage"] for name in LOOKING.split()},
        **{f"manage.{name}": {"manager"} for name in CHANGING.split()},
    },
    "analyse": {
        **{f"staff.{name}": EVERYBODY["analyse"] for name in ("log", "accounts")},
        **{f"staff.{name}": {"statistician", "checker"} for name in KEEPING.split()},
        **{f"analyse.{name}": EVERYBODY["analyse"] for name in SEEN_BY_ALL},
        **{f"analyse.{name}": {"statistician", "checker"} for name in RESULTS},
        **{f"analyse.{name}": {"statistician"} for name in THE_BOX},
        **{f"analyse.{name}": {"checker"} for name in ("sign_release", "reject_release")},
    },
}
OF_EACH_SIDE = [(side, role) for side, staff in STAFF.items() for role in staff.ROLES]


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installation")
    with serving("manage", folder) as manage, serving("analyse", folder) as analyse:
        for side, site in (("manage", manage), ("analyse", analyse)):
            with site.extensions["store"].begin() as session:
                for role in STAFF[side].ROLES:
                    add_account(session, STAFF[side], role, "a password of its own", role)
        yield {"manage": manage, "analyse": analyse}


def guarded_routes(site):
    return {
        rule.endpoint: rule
        for rule in site.url_map.iter_rules()
        if rule.endpoint not in OPEN_TO_ALL | OPEN_TO_STAFF
        and not rule.rule.startswith(
            f"{API}/"
        )  # asks for a token: tests/answers/analyse/views/test_api.py
    }


@pytest.mark.parametrize("side", STAFF)
def test_every_route_s_roles_are_decided_here(sites, side):
    assert guarded_routes(sites[side]).keys() == ROUTES[side].keys()


@pytest.mark.parametrize(("side", "role"), OF_EACH_SIDE)
def test_a_role_is_let_into_its_own_routes_and_no_other(sites, side, role):
    site = sites[side]
    client = site.test_client()
    assert sign_in(client, role, "a password of its own").location == "/"

    for endpoint, rule in guarded_routes(site).items():
        place = site.url_map.bind("localhost").build(
            endpoint, {name: PLACES.get(name, "x") for name in rule.arguments}
        )
        method = "GET" if "GET" in rule.methods else "POST"
        token = csrf_token(client.get("/").text)
        status = client.open(place, method=method, data={"csrf_token": token}).status_code
        assert (status == 403) == (role not in ROUTES[side][endpoint]), (endpoint, status)
        assert status < 500


@pytest.mark.parametrize("side", STAFF)
def test_a_view_that_names_no_role_is_open_to_nobody(sites, side, tmp_path):
    with serving(side, tmp_path) as site:
        site._got_first_request = False
        site.add_url_rule("/forgotten", "forgotten", lambda: "open")
        client = site.test_client()
        sign_in(client)

        assert client.get("/forgotten").status_code == 403


def test_another_role_ends_the_account_s_sessions(tmp_path):
    with serving("analyse", tmp_path) as site:
        client = site.test_client()
        sign_in(client)
        with site.extensions["store"].begin() as session:
            give_role(session, STAFF["analyse"], NAME, "auditor")

        assert client.get("/").location == "/login?next=/"
        sign_in(client)
        assert client.get("/nothing/").status_code == 403
        assert client.get("/log").status_code == 200


WITHOUT_A_FORM = {"manage.fetch_codes", "analyse.make_shares"}
"""What they give is shown once, after a button with nothing typed beside it."""


@pytest.mark.parametrize("side", STAFF)
def test_what_is_refused_has_a_page_that_holds_its_form(sites, side):
    views = sites[side].view_functions
    endpoints = {
        name for name, rule in guarded_routes(sites[side]).items() if "POST" in rule.methods
    }

    formless = {name for name in endpoints if not hasattr(views[name], "form_page")}
    assert formless == WITHOUT_A_FORM & endpoints
