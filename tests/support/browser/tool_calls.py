"""A conversation whose answers have called tools, in every state that lasts."""

import json
import os
import subprocess
import sys

from chatsite.environment import BASE_DIR
from tests.support.browser.site import DATABASE_URL

LONG = "Where the water is high, and when. " * 30

CREATE = f"""
import json
from django.db import transaction
from django.utils import timezone
from accounts.models import User
from conversations.models import Conversation, Response
from tests.support.conversations import answer, ask, call_tool, called, text
# All at once, because the site goes on with answers that nobody answers.
transaction.set_autocommit(False)
ada = User.objects.get(username="ada")
conversation = Conversation.objects.create(user=ada, title="Tides with tools")
now = timezone.now()
times = {{"started_at": now, "ended_at": now + timezone.timedelta(seconds=1.25)}}
first = ask(conversation)
table = [{{"day": "Monday", "height": 5.2}}, {{"day": "Tuesday", "height": 5.45}}]
step = call_tool(
    first,
    called("get_tide", json.dumps({{"port": "Brest", "why": {LONG!r}}}), json.dumps({{"height": "1.8 m"}}), **times),
    called("get_table", "{{}}", json.dumps(table), **times),
    words="I look it up.",
)
last = call_tool(
    step,
    called("delete_port", json.dumps({{"port": "<b>Brest</b>"}}), "Not allowed.", "refused", note="Never."),
    called("get_moon", '{{"phase": ', "The arguments are no JSON.", "failed", **times),
    called("send_mail", '{{"to": "grace"}}', "Interrupted: it may have happened.", "interrupted"),
)
answer(last, text("High tide is at noon."), usage={{"input_tokens": 100, "output_tokens": 20}})
second = ask(conversation, last)
waiting = call_tool(
    second,
    called("send_mail", json.dumps({{"to": "grace\\u202e@moc", "words": {LONG!r}}}), status="waiting"),
    called("delete_port", json.dumps({{"port": "Brest"}}), status="waiting"),
)
Response.objects.filter(pk=waiting.pk).update(status="waiting")
Conversation.objects.filter(pk=conversation.pk).update(waiting_at=now)
transaction.commit()
print(json.dumps([conversation.get_absolute_url(), str(waiting.pk)]))
"""


def create_calls() -> tuple[str, str]:
    """Return the address of the conversation, and the id of the step that waits for ada."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", CREATE]
    environment = {**os.environ, "DATABASE_URL": DATABASE_URL}
    made = subprocess.run(command, cwd=BASE_DIR, env=environment, check=True, capture_output=True, text=True)
    address, waiting = json.loads(made.stdout)
    return address, waiting
