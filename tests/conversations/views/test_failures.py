"""Why an answer failed: who gets to read it, and in which words."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.translation import gettext, override

from accounts.models import User
from conversations.models import Conversation, Response
from providers.failures import FOR_ADMINS, SENTENCES, failure
from tests.support.conversations import finish, queue_message

ERROR = failure("invalid_api_key", detail="No such key.").as_error()


@pytest.fixture
def response(ada) -> Response:
    conversation = Conversation.objects.create(user=ada, title="Tides")
    response = queue_message(conversation, user=ada, input=[], previous=None)[0]
    assert finish(response, "failed", output=[], sequence_number=1, error=ERROR)
    return response


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def let_review(person: User) -> None:
    person.is_staff = True
    person.save()
    person.user_permissions.add(Permission.objects.get(codename="view_conversation"))


def test_reviewer_reads_the_reason_of_a_failure_of_their_own(ada, mallory, response):
    address = f"/responses/{response.pk}/failure/"
    assert signed_in(ada).get(address).status_code == 404
    let_review(ada)
    assert signed_in(ada).get(address).json() == {"message": "The API key was rejected.", "reason": "No such key."}
    let_review(mallory)
    assert signed_in(mallory).get(address).status_code == 404
    assert Client().get(address).status_code == 401


def test_answer_that_did_not_fail_has_no_reason(ada, response):
    let_review(ada)
    Response.objects.filter(pk=response.pk).update(status="completed", error=None)
    assert signed_in(ada).get(f"/responses/{response.pk}/failure/").status_code == 404


def test_no_admin_is_told_to_tell_the_admin():
    told = {sentence for sentence in SENTENCES.values() if "admin" in sentence}
    assert told == set(FOR_ADMINS)
    for language, word in (("en", "admin"), ("de", "Admin")):
        with override(language):
            assert all(word in gettext(sentence) for sentence in FOR_ADMINS)
            assert not any(word in gettext(sentence) for sentence in FOR_ADMINS.values())
