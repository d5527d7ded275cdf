"""Test questions of assistants: asked as temporary conversations of whoever began the run, a few at a time.

All that is known of a run is in the database, so that any process goes on with it.
"""

import logging
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop, override

from assistants.choices import Choices
from assistants.models import TestAnswer, TestRun
from common.refusal import Refused
from common.threads import in_thread
from conversations.answering.ask import Asked, ask
from conversations.answering.runner import Runner
from conversations.live.presence import touch
from conversations.messages import InputText, Message, NewMessage
from conversations.models import Response
from conversations.retention.temporary import remove
from conversations.streams.logs import Logs

CHECK_SECONDS = 2.0
MAX_AT_ONCE = 4
"""Of a person, who has one run at a time, and others to ask meanwhile."""
MAX_ATTEMPTS = 2

LOST = gettext_noop("The answer was lost. Run the questions again.")
CUT = gettext_noop("The answer was cut off.")
CANCELLED = gettext_noop("This answer was stopped.")
WAITING = gettext_noop("The answer wanted to use a tool that somebody must allow.")

logger = logging.getLogger(__name__)


@dataclass
class Step:
    """What one step of a run did, and what is left to do for the event loop."""

    asked: list[Response] = field(default_factory=list)
    over: list[UUID] = field(default_factory=list)
    """Conversations that nobody needs any more."""


class Testing:
    """The runs of test questions, in this process."""

    def __init__(self, process: UUID, runner: Runner, choices: Choices, logs: Logs) -> None:
        self._process = process
        self._runner = runner
        self._choices = choices
        self._logs = logs

    async def step(self) -> None:
        """Keep the answers that have ended, and ask the next questions of every run that isn't over."""
        for run_id in await in_thread(_unfinished)():
            try:
                done = await in_thread(self._step)(run_id)
            except Exception:
                # The others go on. This one is tried again by the next step, until its person stops it.
                logger.exception("The run of test questions %s could not go on.", run_id)
                continue
            for response in done.asked:
                self._runner.start(response)
            for conversation_id in done.over:
                await remove(self._logs, conversation_id)

    @transaction.atomic
    def _step(self, run_id: UUID) -> Step:
        done = Step()
        # Of several processes, one goes on with a run.
        run = TestRun.objects.filter(pk=run_id).select_for_update(skip_locked=True).first()
        if run is None:
            return done
        answers = [*run.answers.filter(status__in=TestAnswer.OPEN)]
        self._keep(run, answers, done)
        if run.stopped_at is None:
            self._ask(run, answers, done)
        return done

    def _keep(self, run: TestRun, answers: Collection[TestAnswer], done: Step) -> None:
        """Store what has ended, and keep the conversations of the others."""
        asked = {each.response_id for each in answers if each.response_id}
        responses = Response.objects.filter(pk__in=asked).defer("search").in_bulk() if asked else {}
        for answer in answers:
            response = responses.get(answer.response_id) if answer.response_id else None
            if run.stopped_at:
                answer.status = TestAnswer.Status.STOPPED
            elif answer.status == TestAnswer.Status.QUEUED:
                continue
            elif response is None:
                _note_loss(answer)
            elif (last := response.last_of_turn()).is_running:
                continue
            else:
                _copy(response, last, answer)
            if response:
                done.over.append(response.conversation_id)
            answer.save()
        touch([each.conversation_id for each in responses.values() if each.conversation_id not in done.over])

    def _ask(self, run: TestRun, answers: Collection[TestAnswer], done: Step) -> None:
        running = sum(answer.status == TestAnswer.Status.RUNNING for answer in answers)
        waiting = [answer for answer in answers if answer.status == TestAnswer.Status.QUEUED]
        for answer in waiting[: max(0, MAX_AT_ONCE - running)]:
            with override(run.language or None):
                asked = _asked(run, answer)
            [outcome] = ask([asked], self._choices, self._process)
            if isinstance(outcome, Refused):
                if outcome.code == "too_many_responses" or outcome.is_temporary:
                    return
                answer.status, answer.problem = TestAnswer.Status.FAILED, outcome.message
            else:
                response = outcome.response
                answer.status, answer.response_id = TestAnswer.Status.RUNNING, response.pk
                answer.attempt += 1
                done.asked.append(response)
            answer.save()


def _unfinished() -> list[UUID]:
    """Return the runs that have something to do, the oldest first. Each person has one at a time."""
    unfinished = TestRun.objects.filter(pk__in=TestAnswer.objects.filter(status__in=TestAnswer.OPEN).values("run"))
    # Whoever may not sign in any more asks nothing either.
    unfinished.filter(stopped_at=None, created_by__is_active=False).update(stopped_at=timezone.now())
    return [*unfinished.order_by("created_at").values_list("pk", flat=True)]


def _asked(run: TestRun, answer: TestAnswer) -> Asked:
    message = NewMessage(
        client_message_id=uuid.uuid4(),
        input=[Message(role="user", content=[InputText(text=answer.question)])],
        temporary=True,
        assistant=run.assistant_id,
        variables=run.variables,
    )
    return Asked(run.created_by_id, message, version_id=answer.version_id)


def _copy(first: Response, last: Response, answer: TestAnswer) -> None:
    """Keep an answer that has ended, because its conversation is removed. Nobody is there to allow a tool."""
    answer.text = last.answer()
    answer.usage = last.usage
    if last.completed_at:
        answer.seconds = (last.completed_at - first.created_at).total_seconds()
    answer.status = TestAnswer.Status.COMPLETED
    if last.status != Response.Status.COMPLETED:
        answer.status = TestAnswer.Status.FAILED
        said = last.error.get("message") if isinstance(last.error, dict) else ""
        others = {
            Response.Status.INCOMPLETE: CUT,
            Response.Status.CANCELLED: CANCELLED,
            Response.Status.WAITING: WAITING,
        }
        answer.problem = others.get(Response.Status(last.status)) or said or LOST


def _note_loss(answer: TestAnswer) -> None:
    """Ask once more if the conversation is gone, because no process kept it."""
    if answer.attempt < MAX_ATTEMPTS:
        answer.status, answer.response_id = TestAnswer.Status.QUEUED, None
    else:
        answer.status, answer.problem = TestAnswer.Status.FAILED, LOST
