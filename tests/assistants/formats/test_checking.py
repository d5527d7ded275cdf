"""Formats that are checked while somebody writes one."""

import json

import pytest

from assistants.formats.strict import MAX_SCHEMA_CHARACTERS
from common.bodies import MAX_BODY_BYTES

CHECK = "/assistants/formats/check/"
GOOD = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def checked(client, schema, **fields):
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return client.post(CHECK, {"name": "tides", "schema": text} | fields, content_type="application/json")


@pytest.mark.django_db
class TestCheck:
    def test_what_is_wrong_is_said_with_its_place(self, client, ada):
        client.force_login(ada)
        assert checked(client, GOOD).json() == {"problems": []}
        assert checked(client, {**GOOD, "default": {}}).json() == {
            "problems": [
                {"code": "not_permitted", "path": "/default", "line": None, "message": "'default' is not permitted."}
            ]
        }
        assert checked(client, "{\n ?").json()["problems"][0]["line"] == 2

    def test_it_is_said_in_the_language_of_who_writes(self, client, ada):
        ada.language = "de"
        ada.save()
        client.force_login(ada)
        assert (
            checked(client, {**GOOD, "default": {}}).json()["problems"][0]["message"] == "'default' ist nicht erlaubt."
        )

    def test_visitors_check_nothing(self, client):
        assert checked(client, GOOD).status_code in {401, 403}

    def test_anything_else_is_refused(self, client, ada):
        client.force_login(ada)
        assert client.get(CHECK).status_code == 405
        assert checked(client, GOOD, more=1).status_code == 400
        assert client.post(CHECK, "[", content_type="application/json").status_code == 400

    def test_longest_schema_fits_into_a_request(self, client, ada):
        assert MAX_SCHEMA_CHARACTERS < MAX_BODY_BYTES
        client.force_login(ada)
        assert checked(client, " " * (MAX_SCHEMA_CHARACTERS + 1)).json()["problems"][0]["code"] == "schema_too_long"
