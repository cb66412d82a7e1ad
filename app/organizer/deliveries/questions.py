"""What the page of deliveries asks a server, and what it does there.

Owns paths, names and the reading of the replies. What a message says, and what the other side answered, may name a
guest: it is never kept. The lists show masked recipients alone.
"""

from dataclasses import dataclass, replace
from typing import Any

from app.organizer.shapes import reader_of
from core.insight.question import Deed, Method, Question, Topic
from core.model.roles import Right
from core.sync.delivery_replies import (
    DeadHeap,
    DeliverySummary,
    EndpointRow,
    JobRow,
    JobRun,
    Letter,
    OpenLetter,
    PutIn,
    TouchedReply,
)
from core.sync.ticket_messages import MailedReply

_EVENT = "/api/v1/events/{event}"
_LETTERS, _ENDPOINTS, _JOBS = f"{_EVENT}/deliveries", f"{_EVENT}/endpoints", "/api/v1/jobs"
_summary, _heaps = reader_of(DeliverySummary), reader_of(list[DeadHeap])
_rows, _row = reader_of(list[EndpointRow]), reader_of(EndpointRow)
_list, _one = reader_of(list[Letter]), reader_of(OpenLetter)
_touched, _put_in = reader_of(TouchedReply), reader_of(PutIn)
_mailed = reader_of(MailedReply)
_table, _runs, _run = reader_of(list[JobRow]), reader_of(list[JobRun]), reader_of(JobRun)
_TOPICS = frozenset({Topic.DELIVERIES})
_READ, _CHANGE = Right.READ_DELIVERIES, Right.CHANGE_DELIVERIES
ON_A_PAGE = 50
"""More than a person looks through; the older ones are a key away."""
SUMMARY_S, SOON_S = 20.0, 2.0
RUNS_SHOWN = 20

SUMMARY: Question[DeliverySummary] = Question(
    "deliveries.summary", f"{_LETTERS}/summary", _summary, _READ, _TOPICS, every_s=SUMMARY_S
)
"""How it stands with all of them: asked by the window, whichever page is shown."""
HEAPS: Question[list[DeadHeap]] = Question(
    "deliveries.heaps", f"{_LETTERS}/counts", _heaps, _READ, _TOPICS, params={"state": "dead"}
)
ENDPOINTS: Question[list[EndpointRow]] = Question(
    "deliveries.endpoints", _ENDPOINTS, _rows, _READ, _TOPICS, every_s=SUMMARY_S
)
JOBS: Question[list[JobRow]] = Question("deliveries.jobs", _JOBS, _table, Right.RUN_INSTALLATION, _TOPICS, every_s=10.0)


@dataclass(frozen=True, slots=True)
class Which:
    """Which messages of one state: all that is named must hold. Empty: any."""

    is_dead: bool = True
    channel: str = ""
    endpoint: str = ""
    reason: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether a channel, a receiver or a reason is named."""
        return self != Which(self.is_dead)

    def covers(self, heap: DeadHeap) -> bool:
        """Whether a heap's messages are among them."""
        return (
            self.channel in {"", heap.channel}
            and self.endpoint in {"", heap.endpoint or ""}
            and self.reason in {"", heap.reason or ""}
        )

    def without_reason(self) -> "Which":
        """The same for what waits: it has no reason."""
        return replace(self, reason="")

    @property
    def told(self) -> dict[str, str]:
        """As a server is told."""
        told = {"channel": self.channel, "endpoint": self.endpoint, "reason": self.reason}
        return {name: value for name, value in told.items() if value}


def letters(which: Which, after: str = "") -> Question[list[Letter]]:
    """A page of messages: of dead ones what died last, of waiting ones what is sent next; behind a place."""
    state, order = ("dead", "died") if which.is_dead else ("ready", "due")
    params = {"state": state, "order": order, "limit": str(ON_A_PAGE), **which.told}
    return Question(
        name=f"letters.{state}.{which.channel}.{which.endpoint}.{which.reason}.{after}",
        path=_LETTERS,
        read=_list,
        right=_READ,
        topics=_TOPICS,
        params=params | ({"after": after} if after else {}),
        is_kept=not after,
    )


def place_behind(last: Letter, which: Which) -> str:
    """Where the page after this one begins."""
    at = last.closed_ms if which.is_dead else last.due_ms
    return f"{at or 0}.{last.id}"


def letter(id_: str, every_s: float = 30.0) -> Question[OpenLetter]:
    """One message with all attempts."""
    return Question(
        f"letter.{id_}",
        f"{_LETTERS}/{id_}",
        _one,
        _READ,
        _TOPICS,
        every_s=every_s,
        is_kept=False,
    )


def runs(job: str) -> Question[list[JobRun]]:
    """The newest runs of a job."""
    return Question(
        f"deliveries.runs.{job}",
        f"{_JOBS}/{job}/runs",
        _runs,
        Right.RUN_INSTALLATION,
        _TOPICS,
        params={"limit": str(RUNS_SHOWN)},
        every_s=5.0,
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a deed is about: messages by their ids, or all dead ones of a filter that were made before `before_ms`."""

    ids: tuple[str, ...] = ()
    which: Which = Which()
    before_ms: int = 0

    @property
    def body(self) -> dict[str, Any]:
        """As a server is told."""
        return {"messages": list(self.ids)} if self.ids else {**self.which.told, "before_ms": self.before_ms}


def replaying(chosen: Chosen, *, is_trial: bool) -> Deed[TouchedReply]:
    """Sends dead messages again, or only says how many."""
    return _deed("replay", chosen.body | {"is_trial": is_trial}, is_trial=is_trial)


def discarding(chosen: Chosen, why: str, *, is_trial: bool) -> Deed[TouchedReply]:
    """Gives dead messages up for a reason, or only says how many."""
    said = {"why": why} if why else {}
    return _deed("discard", chosen.body | said | {"is_trial": is_trial}, is_trial=is_trial)


def readdressing(message: str, email: str) -> Deed[MailedReply]:
    """Another address of the guest behind a dead mail: its tickets go there."""
    return Deed(Method.POST, f"{_LETTERS}/{message}/recipient", _mailed, _CHANGE, {"email": email}, _TOPICS)


def _deed(name: str, body: dict[str, Any], *, is_trial: bool) -> Deed[TouchedReply]:
    """A hundred thousand messages take a server a while."""
    topics: frozenset[Topic] = frozenset() if is_trial else _TOPICS
    read = _touched
    return Deed(Method.POST, f"{_LETTERS}/{name}", read, _CHANGE, body, topics, timeout_s=120.0)


def changing(endpoint: str, change: dict[str, Any]) -> Deed[EndpointRow]:
    """Another address, enabled, disabled."""
    path = f"{_ENDPOINTS}/{endpoint}"
    return Deed(Method.PATCH, path, _row, _CHANGE, change, _TOPICS)


def testing(endpoint: str) -> Deed[PutIn]:
    """Sends one test message."""
    return Deed(Method.POST, f"{_ENDPOINTS}/{endpoint}/test", _put_in, _CHANGE, None, _TOPICS)


def running(job: str) -> Deed[JobRun]:
    """Asks for one run of a job, now."""
    return Deed(Method.POST, f"{_JOBS}/{job}/run", _run, Right.RUN_INSTALLATION, None, _TOPICS)
