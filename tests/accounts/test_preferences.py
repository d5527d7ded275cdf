"""What people choose for themselves: what Enter does, and the language that the site speaks to them."""

import pytest
from django.test import Client

from accounts.models import User

PREFERENCES = "/preferences/"
GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def browser(client, ada) -> Client:
    client.force_login(ada)
    return client


def test_without_an_account_there_are_no_preferences(client, db):
    for answer in (client.get(PREFERENCES), client.post(PREFERENCES, {"enter_sends": "False"})):
        assert answer.url == f"/sign-in/?next={PREFERENCES}"


def test_what_is_chosen_is_kept_for_this_person_alone(browser, ada, grace):
    answer = browser.post(PREFERENCES, {"enter_sends": "False", "language": "de"}, follow=True)

    assert answer.redirect_chain == [(PREFERENCES, 302)]
    assert '<p role="status">' in answer.text
    assert answer.context["form"].initial == {"enter_sends": False, "language": "de"}
    for user, chosen in ((ada, (False, "de")), (grace, (True, ""))):
        user.refresh_from_db()
        assert (user.enter_sends, user.language) == chosen


@pytest.mark.parametrize(
    "wrong", [{"enter_sends": "perhaps"}, {"enter_sends": ""}, {"language": "tlh"}, {"language": "de; DROP"}]
)
def test_what_cannot_be_chosen_is_refused_and_changes_nothing(browser, ada, wrong):
    answer = browser.post(PREFERENCES, {"enter_sends": "False", "language": "de"} | wrong)

    assert set(answer.context["form"].errors) == set(wrong)
    ada.refresh_from_db()
    assert (ada.enter_sends, ada.language) == (True, "")


def test_nobody_becomes_an_admin_by_the_form(browser, ada):
    browser.post(PREFERENCES, {"enter_sends": "True", "language": "", "is_staff": "on", "username": "mallory"})

    ada.refresh_from_db()
    assert (ada.username, ada.is_staff) == ("ada", False)


def test_another_sites_form_changes_nothing(ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(PREFERENCES, {"enter_sends": "False"}).status_code == 403
    ada.refresh_from_db()
    assert ada.enter_sends


@pytest.mark.parametrize(
    ("chosen", "asked", "spoken"),
    [
        ("", "de", "de"),
        ("", "en", "en"),
        ("", "tlh", "en"),
        ("de", "en", "de"),
        ("en", "de", "en"),
        ("tlh", "de", "de"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_one_that_the_browser_asks_for(browser, ada, chosen, asked, spoken):
    User.objects.update(language=chosen)

    for page in ("/", PREFERENCES, "/nothing/here/"):
        answer = browser.get(page, headers={"Accept-Language": asked})
        assert answer["Content-Language"] == spoken
        assert f'<html lang="{spoken}"' in answer.text


def test_visitors_are_spoken_to_as_their_browser_asks(client, ada):
    User.objects.update(language="en")
    assert '<html lang="de"' in client.get("/sign-in/", headers=GERMAN).text


def test_the_menu_leads_to_the_preferences(browser):
    assert f'href="{PREFERENCES}"' in browser.get("/").text
