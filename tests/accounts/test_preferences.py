"""Preferences: what the Enter key does, the language of the site, and how its pages look."""

import re

import pytest
from django.test import Client

from accounts.models import User

PREFERENCES = "/preferences/"
GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def browser(client, ada) -> Client:
    client.force_login(ada)
    return client


def test_strangers_are_redirected_to_sign_in(client, db):
    for answer in (client.get(PREFERENCES), client.post(PREFERENCES, {"enter_sends": "False"})):
        assert answer.url == f"/sign-in/?next={PREFERENCES}"


def test_preferences_are_saved_for_their_owner_only(browser, ada, grace):
    answer = browser.post(PREFERENCES, {"enter_sends": "False", "language": "de"}, follow=True)

    assert answer.redirect_chain == [(PREFERENCES, 302)]
    assert '<p class="success" role="status">' in answer.text
    initial = answer.context["form"].initial
    assert {name: initial[name] for name in ("enter_sends", "language", "theme", "letter_size")} == {
        "enter_sends": False,
        "language": "de",
        "theme": "",
        "letter_size": "",
    }
    for user, chosen in ((ada, (False, "de")), (grace, (True, ""))):
        user.refresh_from_db()
        assert (user.enter_sends, user.language) == chosen


def test_chosen_appearance_is_written_into_the_page(browser, ada):
    assert '<html lang="en" dir="ltr">' in browser.get("/").text
    browser.post(PREFERENCES, {"enter_sends": "True", "theme": "dark", "letter_size": "large"})
    for page in ("/", PREFERENCES, "/nothing/here/"):
        html = browser.get(page).text
        assert '<html lang="en" dir="ltr" data-theme="dark" data-letters="large">' in html
        assert '<meta name="color-scheme" content="dark">' in html
        assert re.findall(r'<meta name="theme-color".*?>', html) == ['<meta name="theme-color" content="#17181a">']


@pytest.mark.parametrize(
    "wrong",
    [
        {"enter_sends": "perhaps"},
        {"enter_sends": ""},
        {"language": "tlh"},
        {"language": "de; DROP"},
        {"theme": "pink"},
        {"letter_size": "99"},
        {"about_me": "a" * 4001},
        {"about_me": "nul\0"},
        {"place_country": "Norway"},
        {"place_country": "N0"},
        {"place_city": "a" * 101},
        {"place_time_zone": "Europe/Atlantis"},
    ],
)
def test_invalid_choices_are_refused_and_change_nothing(browser, ada, wrong):
    answer = browser.post(PREFERENCES, {"enter_sends": "False", "language": "de"} | wrong)

    assert set(answer.context["form"].errors) == set(wrong)
    ada.refresh_from_db()
    assert (ada.enter_sends, ada.language) == (True, "")


def test_people_say_who_they_are_and_whether_the_model_is_told(browser, ada):
    page = browser.get(PREFERENCES).text
    assert "Admins who review conversations can see it." in page
    assert re.search(r'name="about_me_is_on"[^>]* checked', page)
    assert not re.search(r'name="about_me_in_temporary"[^>]* checked', page)
    # A browser counts a new line as one character, and sends two.
    lines = "I sail.\r\n" * 500
    browser.post(PREFERENCES, {"enter_sends": "True", "about_me": lines, "about_me_in_temporary": "on"})
    ada.refresh_from_db()
    assert (ada.about_me, ada.about_me_is_on, ada.about_me_in_temporary) == (("I sail.\n" * 500).strip(), False, True)


def test_people_say_where_they_are_and_whether_searches_may_know(browser, ada):
    assert not re.search(r'name="place_is_on"[^>]* checked', browser.get(PREFERENCES).text)
    place = {"place_city": "Bodø", "place_region": "", "place_country": "no", "place_time_zone": "Europe/Oslo"}
    browser.post(PREFERENCES, {"enter_sends": "True", "place_is_on": "on", **place})
    ada.refresh_from_db()
    assert (ada.place_is_on, ada.place_city, ada.place_country) == (True, "Bodø", "NO")
    assert (ada.place_region, ada.place_time_zone) == ("", "Europe/Oslo")


def test_form_changes_no_other_fields_of_the_account(browser, ada):
    browser.post(PREFERENCES, {"enter_sends": "True", "language": "", "is_staff": "on", "username": "mallory"})

    ada.refresh_from_db()
    assert (ada.username, ada.is_staff) == ("ada", False)


def test_forms_of_other_sites_are_refused(ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(PREFERENCES, {"enter_sends": "False"}).status_code == 403
    ada.refresh_from_db()
    assert ada.enter_sends


@pytest.mark.parametrize(
    ("chosen", "requested", "expected"),
    [
        ("", "de", "de"),
        ("", "en", "en"),
        ("", "tlh", "en"),
        ("de", "en", "de"),
        ("en", "de", "en"),
        ("tlh", "de", "de"),
    ],
)
def test_chosen_language_wins_over_that_of_the_browser(browser, ada, chosen, requested, expected):
    User.objects.update(language=chosen)

    for page in ("/", PREFERENCES, "/nothing/here/"):
        answer = browser.get(page, headers={"Accept-Language": requested})
        assert answer["Content-Language"] == expected
        assert f'<html lang="{expected}"' in answer.text


def test_pages_without_sign_in_use_the_language_of_the_browser(client, ada):
    User.objects.update(language="en")
    assert '<html lang="de"' in client.get("/sign-in/", headers=GERMAN).text


def test_account_menu_links_to_the_preferences(browser):
    assert f'href="{PREFERENCES}"' in browser.get("/").text
