"""The responses that this process answers. They run to their end whether or not anybody watches."""

import asyncio
import logging
import math
from uuid import UUID

from assistants.choices import Choices
from common.rate_limit import RateLimiter
from common.threads import UNAVAILABLE, in_thread, retry_until_available
from conversations.answering import ownership
from conversations.answering.calls import is_running_calls
from conversations.answering.compacting import Compactor
from conversations.answering.ownership import Checkpoint, OwnershipLost
from conversations.answering.run import Run
from conversations.answering.state import Answer, State
from conversations.answering.titles import Titles
from conversations.answering.writes import Writes
from conversations.models import Response
from conversations.representations import queued, updated
from conversations.streams.logs import Logs
from conversations.streams.news import response_created
from providers import catalog
from providers.capabilities import Capabilities
from providers.registry import Clients
from providers.uploads import Uploads
from tools.mcp import catalog as mcp_catalog

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 0.5
CHECKPOINT_ANSWERS = 16
"""Together: few, because there are several copies of their outputs while they are stored."""
STOP_SECONDS = 10.0
"""How long a wish to stop what runs nowhere is remembered: for longer than another process takes to go on with it."""
MAX_STOPS = 1000


class Runner:
    """The responses that this process answers, and the tasks that answer them."""

    def __init__(
        self,
        process: UUID,
        logs: Logs,
        clients: Clients,
        uploads: Uploads,
        capabilities: Capabilities,
        choices: Choices,
    ) -> None:
        self._process = process
        self._logs = logs
        self._clients = clients
        self._uploads = uploads
        self._capabilities = capabilities
        self._choices = choices
        self._limiter = RateLimiter(burst=8, per_second=250)
        self._writes = Writes()
        self._runs: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._checkpoints: asyncio.Task[None] | None = None
        self._adoptions: dict[asyncio.Task[None], list[UUID]] = {}
        self._stops: dict[str, float] = {}
        """Until when a response or a turn is stopped that is taken over, by its id."""
        self.compactor = Compactor(clients, capabilities, uploads)
        self._titles = Titles(clients, capabilities, logs.news)
        self.is_stopping = False

    def start(self, response: Response, *, is_cancelled: bool = False) -> None:
        """Answer a queued response. A step may have waited for its person, after it was shown.

        `is_cancelled` says that its person has asked to stop already.
        """
        if self.is_stopping or self.is_answering(response.pk):
            return
        log = self._logs.open(str(response.pk), response.sequence_number + 1 if response.sequence_number else 0)
        log.append(queued(response))
        self._start(Answer(response, log, is_cancelled=is_cancelled))

    async def let_park(self, step_id: UUID) -> None:
        """Wait until a step that is stored as waiting for its person has left: its run lasts a moment longer."""
        if found := self._runs.get(str(step_id)):
            await asyncio.wait([found[1]])

    def take_over(self, response_ids: list[UUID]) -> None:
        """Go on with responses that another process left, and that have this one's name now."""
        if self.is_stopping:
            return
        adoption = asyncio.create_task(self._adopt(response_ids), name="take over")
        self._adoptions[adoption] = response_ids
        adoption.add_done_callback(self._adoptions.pop)

    def is_answering(self, response_id: UUID) -> bool:
        """Return whether this process answers the response, or is about to."""
        return str(response_id) in self._runs or any(response_id in ids for ids in self._adoptions.values())

    def has_end_to_come(self, response_id: UUID) -> bool:
        """Return whether the response is answered here and its end isn't known yet."""
        run, _ = self._runs.get(str(response_id), (None, None))
        return run is not None and run.answer.state is not State.ENDED

    def cancel(self, response_id: str, turn: str = "") -> bool:
        """Stop an answer as its person wishes. Return False if it doesn't run here, or not yet.

        `turn` is the first response of its turn. Whichever of the turn runs is stopped: whoever asked may not know of
        the step yet that goes on, or this process may just be storing what comes before it.
        """
        found = [
            (run, task)
            for key, (run, task) in self._runs.items()
            if key == response_id or (turn and str(run.answer.response.turn_id or run.answer.response.pk) == turn)
        ]
        for run, task in found:
            run.cancel(task)
        if not found:
            # Its process may just have died, and this one be the next.
            now = asyncio.get_running_loop().time()
            self._stops = {key: until for key, until in self._stops.items() if until > now}
            for key in filter(None, [response_id, turn]):
                if len(self._stops) < MAX_STOPS:
                    self._stops[key] = now + STOP_SECONDS
        return bool(found)

    def _is_stopped(self, response: Response) -> bool:
        now = asyncio.get_running_loop().time()
        return any(self._stops.get(str(key), 0) > now for key in (response.pk, response.turn_id or response.pk))

    def stop_accepting(self) -> None:
        """Leave to other processes what comes from now on: this one is about to stop."""
        self.is_stopping = True
        for adoption in self._adoptions:
            adoption.cancel()

    async def stop(self, grace: float = 0) -> None:
        """Give running answers `grace` seconds to end, hand off the rest, and close the connections to the provider."""
        if tasks := [task for _, task in self._runs.values()]:
            await asyncio.wait(tasks, timeout=grace)
        owned = [*(task for _, task in self._runs.values()), *self._adoptions]
        if self._checkpoints:
            owned.append(self._checkpoints)
            self._checkpoints = None
        for task in owned:
            task.cancel()
        await asyncio.gather(*owned, return_exceptions=True)
        await self._release_the_rest()
        await self._titles.stop()
        await self._clients.close()

    async def _adopt(self, response_ids: list[UUID]) -> None:
        responses = await retry_until_available(ownership.adopt, self._process, response_ids)
        if not all(catalog.is_known(response.provider_id) for response in responses):
            # Added a moment ago, or this process has only just begun.
            await retry_until_available(catalog.refresh)
        if not mcp_catalog.is_read():
            await retry_until_available(mcp_catalog.refresh)
        for response in responses:
            if str(response.pk) in self._runs:
                continue
            # After the row's own number, with which a page that is loaded just now begins.
            log = self._logs.open(str(response.pk), response.sequence_number + 1)
            # What still runs its calls of tools wasn't asked, so no answer is lost.
            is_taken_over = not is_running_calls(response)
            self._start(Answer(response, log, is_taken_over=is_taken_over, is_cancelled=self._is_stopped(response)))
        # Whoever stored a step may not have told of it, and those who saw it wait follow it no more.
        steps = [response for response in responses if response.turn_id]
        await asyncio.gather(*(self._tell_of(step, is_resumed=True) for step in steps))

    def _start(self, answer: Answer) -> None:
        key = str(answer.response.pk)
        run = Run(
            answer,
            self._clients,
            self._capabilities,
            self._uploads,
            self._limiter,
            self._writes,
            self.compactor,
            self._choices,
        )
        task = asyncio.create_task(self._run(run), name=f"response {key}")
        self._runs[key] = run, task
        # A task that is cancelled before it begins runs nothing, not even its end.
        task.add_done_callback(lambda _: self._leave(run))
        self._titles.note_answers(len(self._runs))
        if self._checkpoints is None or self._checkpoints.done():
            self._checkpoints = asyncio.create_task(self._checkpoint_running(), name="checkpoints")

    async def _run(self, run: Run) -> None:
        response, log = run.answer.response, run.answer.log
        try:
            conversation = await run.run()
            if run.step and conversation:
                # While the answer was stored, there was nothing else yet that could be stopped.
                is_unwanted = run.answer.is_cancelled or conversation.deleted_at is not None
                self.start(run.step, is_cancelled=is_unwanted)
                await self._tell_of(run.step)
                return
            self._titles.consider(response)
            if conversation and not conversation.is_temporary and not conversation.deleted_at:
                await self._logs.news.publish(updated(conversation))
        except OwnershipLost:
            self._logs.leave(log)
            await self._let_go(response)
        finally:
            self._leave(run)

    def _leave(self, run: Run) -> None:
        """Note that nothing is done for an answer any more. Doing so twice does no harm."""
        key = str(run.answer.response.pk)
        if self._runs.get(key, (None, None))[0] is run:
            self._logs.close(run.answer.log)
            del self._runs[key]
            self._titles.note_answers(len(self._runs))

    async def _tell_of(self, step: Response, *, is_resumed: bool = False) -> None:
        """Tell all who follow the conversation of a step that is answered here."""
        await self._logs.news.publish(response_created(step.conversation_id, step.pk, is_resumed=is_resumed))

    async def _let_go(self, response: Response) -> None:
        if await retry_until_available(Response.objects.filter(pk=response.pk).exists):
            logger.warning("response %s is answered by another process now", response.pk)
        else:
            # It was removed with its conversation, but events may have been shared after that.
            await self._logs.forget(str(response.pk))

    async def _release_the_rest(self) -> None:
        """Hand off responses that came too late to be started."""
        try:
            await in_thread(ownership.release)(self._process)
        except UNAVAILABLE:
            # The claim dies with this process all the same.
            logger.warning("responses that were not started could not be handed off", exc_info=True)

    async def _checkpoint_running(self) -> None:
        """Twice a second, store what those running answers have for which that is due.

        It is spread over that time: all together would keep the database busy while words wait.
        """
        loop = asyncio.get_running_loop()
        while self._runs:
            begin = loop.time()
            changed = [run.answer for run, _ in self._runs.values() if run.answer.is_changed]
            self._titles.note_answered_at_once(sum(not answer.output.is_empty for answer in changed))
            due = [answer for answer in changed if answer.is_checkpoint_due(begin)]
            groups = max(1, math.ceil(len(due) / CHECKPOINT_ANSWERS))
            for group in range(groups):
                await asyncio.sleep(begin + CHECKPOINT_SECONDS * (group + 1) / groups - loop.time())
                stored = await asyncio.gather(*map(self._checkpoint, due[group::groups]), return_exceptions=True)
                if errors := [outcome for outcome in stored if isinstance(outcome, Exception)]:
                    logger.warning("a checkpoint could not be stored; the next one has it all", exc_info=errors[0])

    async def _checkpoint(self, answer: Answer) -> None:
        if not answer.has_begun:
            return
        number, now = answer.log.last, asyncio.get_running_loop().time()
        await self._writes.checkpoint(Checkpoint(answer.response, answer.output.items(), number, answer.starting_after))
        answer.checkpointed, answer.checkpointed_at = number, now
