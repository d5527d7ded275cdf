"""Signing in and out, passwords, the first admin account, and accounts in the admin."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.first_run import first_run_path
from accounts.models import User

SIGN_IN, SIGN_OUT, PASSWORD = "/sign-in/", "/sign-out/", "/password/"
SIGNED_OUT = "/sign-in/#signed-out"
FIRST_ADMIN = {"username": "hopper", "password1": "first actual bug", "password2": "first actual bug"}


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def account_page(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


@pytest.fixture
def clerk(db) -> User:
    """An admin who may create and change accounts, but who is no superuser."""
    user = User.objects.create_user("clerk", password="keeps the books", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return user


@pytest.mark.parametrize("page", ["/", PASSWORD, "/admin/"])
def test_every_page_redirects_strangers_to_sign_in(client, db, page):
    assert client.get(page, follow=True).redirect_chain[-1][0] == f"{SIGN_IN}?next={page}"


def test_signing_in_leads_to_the_requested_page(client, ada):
    response = client.post(SIGN_IN, {"username": "ada", "password": "analytical engine", "next": PASSWORD})

    assert response.url == PASSWORD
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "elsewhere", ["https://mallory.example/", "//mallory.example/", "javascript:alert(1)", r"/\mallory.example"]
)
def test_signing_in_never_leads_to_another_site(client, ada, elsewhere):
    page = client.get(SIGN_IN, {"next": elsewhere})
    response = client.post(SIGN_IN, {"username": "ada", "password": "analytical engine", "next": elsewhere})

    assert page.context["next"] == ""
    assert response.url == "/"
    assert client.get(SIGN_IN, {"next": elsewhere}).url == "/"


@pytest.mark.parametrize(("username", "password"), [("ada", "wrong"), ("nobody", "analytical engine")])
def test_unknown_name_and_wrong_password_get_the_same_error(client, ada, username, password):
    response = client.post(SIGN_IN, {"username": username, "password": password})

    assert not is_signed_in(client)
    assert response.context["form"].non_field_errors() == [
        "Please enter a correct username and password. Note that both fields may be case-sensitive."
    ]


def test_deactivating_a_person_signs_them_out_at_once(client, ada):
    client.force_login(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert client.get(PASSWORD).status_code == 302
    response = client.post(SIGN_IN, {"username": "ada", "password": "analytical engine"})
    assert response.context["form"].non_field_errors()
    assert client.get(PASSWORD).status_code == 302


@pytest.mark.parametrize("address", [SIGN_OUT, "/admin/logout/"])
def test_browser_forgets_who_signs_out(client, hopper, address):
    client.force_login(hopper)
    answer = client.post(address)

    assert answer.url == SIGNED_OUT
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert not is_signed_in(client)


def test_signing_out_requires_post(client, ada):
    client.force_login(ada)

    assert client.get(SIGN_OUT).status_code == 405
    assert is_signed_in(client)
    assert client.post(SIGN_OUT).url == SIGNED_OUT
    assert not is_signed_in(client)
    assert client.post(SIGN_OUT).url == SIGNED_OUT


@pytest.mark.parametrize("page", [SIGN_IN, SIGN_OUT, PASSWORD])
def test_forms_of_other_sites_are_refused(ada, page):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert client.post(page).status_code == 403
    assert is_signed_in(client)


def test_changing_the_password_signs_other_browsers_out(client, ada):
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.force_login(ada)
    new = "difference engine"
    response = client.post(
        PASSWORD, {"old_password": "analytical engine", "new_password1": new, "new_password2": new}, follow=True
    )

    assert "Password changed" in response.text
    assert elsewhere.get(PASSWORD).status_code == 302
    assert elsewhere.login(username="ada", password=new)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", "difference engine", "old_password"), ("analytical engine", "12345678", "new_password2")],
)
def test_changing_the_password_requires_the_old_one_and_a_strong_new_one(client, ada, old, new, field):
    client.force_login(ada)
    response = client.post(PASSWORD, {"old_password": old, "new_password1": new, "new_password2": new})

    assert set(response.context["form"].errors) == {field}
    assert f'aria-describedby="id_{field}' in response.text
    ada.refresh_from_db()
    assert ada.check_password("analytical engine")


def test_sign_in_page_says_how_to_create_the_first_account(client, db):
    assert "Open the setup link" in client.get(SIGN_IN).text
    User.objects.create_user("ada")
    assert "Open the setup link" not in client.get(SIGN_IN).text


def test_first_run_link_creates_an_admin_and_signs_them_in(client, db):
    path = first_run_path()
    assert client.get(path).status_code == 200

    assert client.post(path, FIRST_ADMIN).url == "/"
    hopper = User.objects.get()
    assert (hopper.username, hopper.is_staff, hopper.is_superuser) == ("hopper", True, True)
    assert hopper.check_password("first actual bug")
    assert is_signed_in(client)


def test_first_run_link_works_once(client, db):
    path = first_run_path()
    client.post(path, FIRST_ADMIN)

    for again in (client.get(path), client.post(path, {**FIRST_ADMIN, "username": "mallory"})):
        assert again.status_code == 404
    assert first_run_path() is None
    assert User.objects.get().username == "hopper"


@pytest.mark.parametrize("token", ["0" * 64, "ä", "%00"])
def test_wrong_first_run_link_creates_no_account(client, db, token):
    for response in (client.get(f"/first-run/{token}/"), client.post(f"/first-run/{token}/", FIRST_ADMIN)):
        assert response.status_code == 404
    assert not User.objects.exists()


def test_first_run_link_depends_on_the_secret_key(db, settings):
    path = first_run_path()
    assert first_run_path() == path
    settings.SECRET_KEY = "another key of the tests, worth just as little"
    assert first_run_path() != path


@pytest.mark.parametrize(
    "wrong",
    [{"username": ""}, {"password2": "another"}, {"password1": "hopper1", "password2": "hopper1"}],
)
def test_first_admin_needs_a_name_and_a_strong_password(client, db, wrong):
    response = client.post(first_run_path(), FIRST_ADMIN | wrong)

    assert response.context["form"].errors
    assert not User.objects.exists()


def test_concurrent_first_runs_create_one_admin(transactional_db):
    path, barrier = first_run_path() or "", Barrier(2)

    def post(username: str) -> int:
        try:
            barrier.wait(timeout=10)
            return Client().post(path, {**FIRST_ADMIN, "username": username}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        assert sorted(threads.map(post, ["hopper", "mallory"])) == [302, 404]
    assert User.objects.count() == 1


def test_admin_creates_accounts(client, clerk):
    client.force_login(clerk)
    client.post(
        reverse("admin:accounts_user_add"),
        {"username": "grace", "usable_password": "true", "password1": "wire of light", "password2": "wire of light"},
    )

    assert User.objects.get(username="grace").check_password("wire of light")


def test_admin_sets_a_new_password_and_deactivates_an_account(client, clerk, ada):
    client.force_login(clerk)
    passwords = {"usable_password": "true", "password1": "wire of light", "password2": "wire of light"}
    client.post(reverse("admin:auth_user_password_change", args=[ada.pk]), passwords)
    client.post(account_page(ada), {"username": "ada", "first_name": "Ada"})  # an unticked box is not sent

    ada.refresh_from_db()
    assert ada.check_password("wire of light")
    assert (ada.first_name, ada.is_active) == ("Ada", False)


def test_admin_who_is_no_superuser_grants_no_permissions(client, clerk, ada):
    client.force_login(clerk)
    more = {"username": "ada", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    more["user_permissions"] = str(Permission.objects.earliest("pk").pk)
    assert client.post(account_page(ada), more).status_code == 302

    ada.refresh_from_db()
    assert not ada.is_staff
    assert not ada.is_superuser
    assert not ada.user_permissions.exists()


def reviewer(*, is_active: bool = True) -> User:
    user = User.objects.create_user("reviewer", password="reads a lot", is_staff=True, is_active=is_active)
    user.user_permissions.set(Permission.objects.filter(codename="view_conversation"))
    return user


def reviewer_by_group() -> User:
    user = User.objects.create_user("reviewer", password="reads a lot", is_staff=True)
    group = Group.objects.create(name="Reviewers")
    group.permissions.set(Permission.objects.filter(codename="view_conversation"))
    user.groups.add(group)
    return user


@pytest.mark.parametrize(
    "make",
    [
        reviewer,
        reviewer_by_group,
        lambda: reviewer(is_active=False),
        lambda: User.objects.create_superuser("reviewer", password="reads a lot"),
        lambda: User.objects.create_superuser("reviewer", password="reads a lot", is_active=False),
    ],
    ids=["reviewer", "by group", "deactivated reviewer", "superuser", "deactivated superuser"],
)
def test_account_with_more_permissions_cannot_be_taken_over(client, clerk, make):
    account = make()
    before = User.objects.filter(pk=account.pk).values().get()
    client.force_login(clerk)
    new = {"username": "mallory", "is_active": "on", "post": "yes"}
    new |= {"usable_password": "true", "password1": "wire of light", "password2": "wire of light"}
    for page in (account_page(account), reverse("admin:auth_user_password_change", args=[account.pk])):
        assert client.post(page, new).status_code == 403
    assert User.objects.filter(pk=account.pk).values().get() == before


def test_account_with_the_same_permissions_can_be_changed(client, clerk):
    account = reviewer()
    clerk.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    client.force_login(clerk)
    assert client.post(account_page(account), {"username": "reader", "is_active": "on"}).status_code == 302
    account.refresh_from_db()
    assert account.username == "reader"


def test_only_superusers_change_groups(client, clerk, hopper):
    clerk.user_permissions.set(Permission.objects.exclude(content_type__app_label="conversations"))
    group = Group.objects.create(name="Clerks")
    clerk.groups.add(group)
    everything = {"name": "Everything", "permissions": list(Permission.objects.values_list("pk", flat=True))}
    chosen = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}

    def try_all(user: User) -> None:
        client.force_login(user)
        client.post(reverse("admin:auth_group_add"), everything)
        client.post(reverse("admin:auth_group_change", args=[group.pk]), everything | {"name": "Clerks"})

    try_all(clerk)
    client.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})
    client.post(reverse("admin:auth_group_changelist"), chosen)
    assert [(group.name, group.permissions.count()) for group in Group.objects.all()] == [("Clerks", 0)]
    try_all(hopper)
    assert {(group.name, group.permissions.exists()) for group in Group.objects.all()} == {
        ("Clerks", True),
        ("Everything", True),
    }


def test_accounts_cannot_be_deleted(client, hopper, ada):
    client.force_login(hopper)
    assert client.post(reverse("admin:accounts_user_delete", args=[ada.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [ada.pk], "post": "yes"}
    client.post(reverse("admin:accounts_user_changelist"), chosen)
    assert User.objects.filter(pk=ada.pk).exists()


def test_superuser_makes_a_person_an_admin(client, hopper, ada):
    client.force_login(hopper)
    client.post(account_page(ada), {"username": "ada", "is_active": "on", "is_staff": "on"})

    ada.refresh_from_db()
    assert ada.is_staff


@pytest.mark.parametrize("page", ["add", "changelist"])
def test_people_who_are_no_admins_see_no_accounts(client, mallory, page):
    client.force_login(mallory)
    assert client.get(reverse(f"admin:accounts_user_{page}"), follow=True).status_code in {403, 404}


def focused_fields(html: str) -> list[str]:
    return [re.search(r'name="(\w+)"', field)[1] for field in re.findall(r"<input[^>]* autofocus[^>]*>", html)]


@pytest.mark.parametrize(
    ("wrong", "focused"),
    [
        ({"username": "with spaces"}, "username"),
        ({"password1": ""}, "password1"),
        ({"password1": "12345678", "password2": "12345678"}, "password2"),
        ({"password2": "another one"}, "password2"),
    ],
)
def test_focus_is_in_the_field_of_the_first_account_that_is_wrong(client, db, wrong, focused):
    path = first_run_path()
    assert focused_fields(client.get(path).text) == ["username"]
    assert focused_fields(client.post(path, FIRST_ADMIN | wrong).text) == [focused]


def test_focus_is_in_the_password_after_a_refused_sign_in(client, ada):
    assert focused_fields(client.get(SIGN_IN).text) == ["username"]
    assert focused_fields(client.post(SIGN_IN, {"username": "ada", "password": "wrong"}).text) == ["password"]


@pytest.mark.parametrize("page", [SIGN_IN, PASSWORD, "/preferences/", "first run"])
def test_labels_have_no_colons_and_hints_are_no_lists(client, db, page):
    path = first_run_path() if page == "first run" else page
    if page in {PASSWORD, "/preferences/"}:
        client.force_login(User.objects.create_user("ada"))
    elif page == SIGN_IN:
        User.objects.create_user("ada")
    form = client.get(path).text.partition('<form method="post">')[2]
    assert "</label>" in form
    assert ":</label>" not in form
    assert "<li>" not in form
