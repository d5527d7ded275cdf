"""Several providers side by side: who answers what, and what a person is told when one of them can't."""

from typing import Any

import pytest

from common.threads import in_thread
from conversations.models import Response
from providers import catalog
from providers.encryption import encrypt
from providers.failures import FOR_ADMINS
from providers.models import Model, Provider
from tests.support.ports import free_port
from tests.support.socket import ask_and_wait, open_socket, stored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other(site) -> Model:
    """Return a model of a second provider, which is the stand-in, too."""
    provider = Provider.objects.create(
        name="Other", base_url=site.base_url, key=encrypt("sk-of-another"), store=True, background="never"
    )
    model = provider.models.create(name="standin")
    catalog.refresh()
    return model


async def change(model: Model, **fields: Any) -> None:
    """Change the model's provider, as an admin does."""
    await Provider.objects.filter(pk=model.provider_id).aupdate(**fields)
    await in_thread(catalog.refresh)()


async def test_message_is_answered_by_the_provider_of_its_model(site, ada, other):
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?", model=str(other.pk))
    assert answer["status"] == "completed"
    assert (await stored(pk=answer["id"])).provider_id == other.provider_id
    await tab.close()


async def test_changed_provider_gets_the_whole_conversation_and_the_same_one_only_what_is_new(site, ada, other):
    tab = await open_socket(ada)
    first = await ask_and_wait(tab, "How high is the tide?")
    chain = {"conversation": first["conversation"]["id"]}
    second = await ask_and_wait(tab, "And now?", previous_response_id=first["id"], model=str(other.pk), **chain)
    await ask_and_wait(tab, "And then?", previous_response_id=second["id"], **chain)
    sent = [(len(body["input"]), "previous_response_id" in body) for body in site.bodies()]
    assert sent == [(1, False), (3, False), (1, True)]
    await tab.close()


async def test_refusals_of_one_provider_hold_for_no_other(site, ada, other):
    site.script(times=1, has='"metadata"', error={"status": 400, "body": {"detail": "Unsupported parameter: metadata"}})
    tab = await open_socket(ada)
    await ask_and_wait(tab, "How high is the tide?", model=str(other.pk))
    await ask_and_wait(tab, "How high is the tide?")
    assert ["metadata" in body for body in site.bodies()] == [True, False, True]
    await tab.close()


WRONG = {
    "a wrong key": ({"key": encrypt("sk-wrong")}, "invalid_api_key"),
    "a key that can't be decrypted": ({"key": "gAAAAAunreadable"}, "key_undecryptable"),
    "headers that can't be decrypted": ({"headers": "gAAAAAunreadable"}, "key_undecryptable"),
    "a provider that is down": ({"base_url": f"http://127.0.0.1:{free_port()}/v1"}, "connection_error"),
    "no API at the address": ({"base_url": "%(base)s/elsewhere"}, "http_404"),
}


@pytest.mark.parametrize(("fields", "code"), WRONG.values(), ids=WRONG)
async def test_provider_that_cannot_answer_fails_with_a_sentence_and_a_reason_for_the_admin(
    site, ada, other, monkeypatch, caplog, fields, code
):
    monkeypatch.setattr("conversations.answering.attempt.MAX_RETRIES", 0)
    await change(
        other, **{name: value % {"base": site.base_url} if "%" in value else value for name, value in fields.items()}
    )
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?", model=str(other.pk))
    assert (answer["status"], answer["error"]["code"]) == ("failed", code)
    assert answer["error"]["message"] in FOR_ADMINS
    row: Response = await stored(pk=answer["id"])
    assert row.message() == "How high is the tide?"
    assert "sk-wrong" not in caplog.text
    await tab.close()


async def test_model_that_is_gone_fails_with_a_sentence(site, ada, other):
    error = {
        "code": "model_not_found",
        "message": "The model 'standin' does not exist or you do not have access to it.",
    }
    site.script(error={"status": 404, "body": {"error": error}})
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?", model=str(other.pk))
    assert answer["error"]["message"] == "The model wasn't found. Tell your admin."
    await tab.close()


async def test_replaced_key_is_used_for_the_next_message_without_a_restart(site, ada, other):
    await change(other, key="gAAAAAunreadable")
    tab = await open_socket(ada)
    failed = await ask_and_wait(tab, "How high is the tide?", model=str(other.pk))
    await change(other, key=encrypt("sk-of-another"))
    again = await ask_and_wait(
        tab,
        "How high is the tide?",
        model=str(other.pk),
        conversation=failed["conversation"]["id"],
    )
    assert (failed["status"], again["status"]) == ("failed", "completed")
    await tab.close()


async def test_redirect_is_not_followed_with_the_key(site, ada, other):
    site.script(error={"status": 307, "body": "", "headers": {"location": f"{site.base_url}/responses"}})
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?", model=str(other.pk))
    assert (answer["status"], answer["error"]["code"]) == ("failed", "http_307")
    assert len(site.bodies()) == 1
    await tab.close()
