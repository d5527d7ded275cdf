"""Who gets in, and how the first one does."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.first_run import first_run_path
from accounts.models import User

SIGN_IN, SIGN_OUT, PASSWORD = "/sign-in/", "/sign-out/", "/password/"
FIRST_ADMIN = {"username": "hopper", "password1": "first actual bug", "password2": "first actual bug"}


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def account(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


@pytest.fixture
def clerk(db) -> User:
    """May make and change accounts, but not everything."""
    user = User.objects.create_user("clerk", password="keeps the books", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return user


@pytest.mark.parametrize("page", ["/", PASSWORD, "/admin/"])
def test_without_an_account_every_page_asks_to_sign_in(client, db, page):
    assert client.get(page, follow=True).redirect_chain[-1][0] == f"{SIGN_IN}?next={page}"


def test_signing_in_leads_to_the_page_that_was_asked_for(client, ada):
    response = client.post(SIGN_IN, {"username": "ada", "password": "analytical engine", "next": PASSWORD})

    assert response.url == PASSWORD
    assert signed_in(client)


@pytest.mark.parametrize(
    "elsewhere", ["https://mallory.example/", "//mallory.example/", "javascript:alert(1)", r"/\mallory.example"]
)
def test_signing_in_leads_to_no_other_site(client, ada, elsewhere):
    page = client.get(SIGN_IN, {"next": elsewhere})
    response = client.post(SIGN_IN, {"username": "ada", "password": "analytical engine", "next": elsewhere})

    assert page.context["next"] == ""
    assert response.url == "/"
    assert client.get(SIGN_IN, {"next": elsewhere}).url == "/"


@pytest.mark.parametrize(("username", "password"), [("ada", "wrong"), ("nobody", "analytical engine")])
def test_a_wrong_name_and_a_wrong_password_look_the_same(client, ada, username, password):
    response = client.post(SIGN_IN, {"username": username, "password": password})

    assert not signed_in(client)
    assert response.context["form"].non_field_errors() == [
        "Please enter a correct username and password. Note that both fields may be case-sensitive."
    ]


def test_a_deactivated_person_is_out_at_once(client, ada):
    client.force_login(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert client.get(PASSWORD).status_code == 302
    response = client.post(SIGN_IN, {"username": "ada", "password": "analytical engine"})
    assert response.context["form"].non_field_errors()
    assert client.get(PASSWORD).status_code == 302


def test_signing_out_takes_a_post(client, ada):
    client.force_login(ada)

    assert client.get(SIGN_OUT).status_code == 405
    assert signed_in(client)
    assert client.post(SIGN_OUT).url == SIGN_IN
    assert not signed_in(client)
    assert client.post(SIGN_OUT).url == SIGN_IN


@pytest.mark.parametrize("page", [SIGN_IN, SIGN_OUT, PASSWORD])
def test_another_sites_form_does_nothing(ada, page):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert client.post(page).status_code == 403
    assert signed_in(client)


def test_a_new_password_signs_other_browsers_out(client, ada):
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.force_login(ada)
    new = "difference engine"
    response = client.post(
        PASSWORD, {"old_password": "analytical engine", "new_password1": new, "new_password2": new}, follow=True
    )

    assert "Your password is changed" in response.text
    assert elsewhere.get(PASSWORD).status_code == 302
    assert elsewhere.login(username="ada", password=new)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", "difference engine", "old_password"), ("analytical engine", "12345678", "new_password2")],
)
def test_a_password_is_changed_by_who_knows_it_to_one_that_is_hard_to_guess(client, ada, old, new, field):
    client.force_login(ada)
    response = client.post(PASSWORD, {"old_password": old, "new_password1": new, "new_password2": new})

    assert set(response.context["form"].errors) == {field}
    assert f'aria-describedby="id_{field}' in response.text
    ada.refresh_from_db()
    assert ada.check_password("analytical engine")


def test_while_nobody_has_an_account_the_sign_in_page_says_what_to_do(client, db):
    assert "The console" in client.get(SIGN_IN).text
    User.objects.create_user("ada")
    assert "The console" not in client.get(SIGN_IN).text


def test_the_first_admin_is_made_with_the_link_and_signed_in(client, db):
    path = first_run_path()
    assert client.get(path).status_code == 200

    assert client.post(path, FIRST_ADMIN).url == "/"
    hopper = User.objects.get()
    assert (hopper.username, hopper.is_staff, hopper.is_superuser) == ("hopper", True, True)
    assert hopper.check_password("first actual bug")
    assert signed_in(client)


def test_the_link_works_once(client, db):
    path = first_run_path()
    client.post(path, FIRST_ADMIN)

    for again in (client.get(path), client.post(path, {**FIRST_ADMIN, "username": "mallory"})):
        assert again.status_code == 404
    assert first_run_path() is None
    assert User.objects.get().username == "hopper"


@pytest.mark.parametrize("token", ["0" * 64, "ä", "%00"])
def test_a_wrong_link_makes_nobody(client, db, token):
    for response in (client.get(f"/first-run/{token}/"), client.post(f"/first-run/{token}/", FIRST_ADMIN)):
        assert response.status_code == 404
    assert not User.objects.exists()


def test_the_link_is_another_one_with_another_secret_key(db, settings):
    path = first_run_path()
    assert first_run_path() == path
    settings.SECRET_KEY = "another key of the tests, worth just as little"
    assert first_run_path() != path


@pytest.mark.parametrize(
    "wrong",
    [{"username": ""}, {"password2": "another"}, {"password1": "hopper1", "password2": "hopper1"}],
)
def test_the_first_admin_needs_a_name_and_a_good_password(client, db, wrong):
    response = client.post(first_run_path(), FIRST_ADMIN | wrong)

    assert response.context["form"].errors
    assert not User.objects.exists()


def test_two_at_once_make_one_admin(transactional_db):
    path, together = first_run_path() or "", Barrier(2)

    def post(username: str) -> int:
        try:
            together.wait(timeout=10)
            return Client().post(path, {**FIRST_ADMIN, "username": username}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        assert sorted(threads.map(post, ["hopper", "mallory"])) == [302, 404]
    assert User.objects.count() == 1


def test_an_admin_makes_accounts(client, clerk):
    client.force_login(clerk)
    client.post(
        reverse("admin:accounts_user_add"),
        {"username": "grace", "usable_password": "true", "password1": "wire of light", "password2": "wire of light"},
    )

    assert User.objects.get(username="grace").check_password("wire of light")


def test_an_admin_sets_a_new_password_and_deactivates(client, clerk, ada):
    client.force_login(clerk)
    passwords = {"usable_password": "true", "password1": "wire of light", "password2": "wire of light"}
    client.post(reverse("admin:auth_user_password_change", args=[ada.pk]), passwords)
    client.post(account(ada), {"username": "ada", "first_name": "Ada"})  # an unticked box is not sent

    ada.refresh_from_db()
    assert ada.check_password("wire of light")
    assert (ada.first_name, ada.is_active) == ("Ada", False)


def test_an_admin_gives_nobody_more_than_they_have(client, clerk, ada):
    client.force_login(clerk)
    more = {"username": "ada", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    more["user_permissions"] = str(Permission.objects.earliest("pk").pk)
    assert client.post(account(ada), more).status_code == 302

    ada.refresh_from_db()
    assert not ada.is_staff
    assert not ada.is_superuser
    assert not ada.user_permissions.exists()


def test_an_admin_does_not_take_a_superusers_account_over(client, clerk, hopper):
    client.force_login(clerk)
    passwords = {"usable_password": "true", "password1": "wire of light", "password2": "wire of light"}

    for page in (
        account(hopper),
        reverse("admin:auth_user_password_change", args=[hopper.pk]),
    ):
        assert client.post(page, passwords | {"username": "mallory", "post": "yes"}).status_code == 403
    hopper.refresh_from_db()
    assert hopper.check_password("first actual bug")


def test_nobody_deletes_an_account_because_what_it_asked_is_kept_with_it(client, hopper, ada):
    client.force_login(hopper)
    assert client.post(reverse("admin:accounts_user_delete", args=[ada.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [ada.pk], "post": "yes"}
    client.post(reverse("admin:accounts_user_changelist"), chosen)
    assert User.objects.filter(pk=ada.pk).exists()


def test_a_superuser_makes_an_admin(client, hopper, ada):
    client.force_login(hopper)
    client.post(account(ada), {"username": "ada", "is_active": "on", "is_staff": "on"})

    ada.refresh_from_db()
    assert ada.is_staff


@pytest.mark.parametrize("page", ["add", "changelist"])
def test_an_outsider_sees_no_accounts(client, mallory, page):
    client.force_login(mallory)
    assert client.get(reverse(f"admin:accounts_user_{page}"), follow=True).status_code in {403, 404}
