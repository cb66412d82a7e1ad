"""The line that asks: all that the organizer's window watches and does, over one connection that comes and goes.

Owns who asks, when, and how often: a small pool, so that one slow route holds no other; one probe for everybody while
the server is away; a back-off for each question that fails; changes that a stream tells, gathered for a second. Decides
nothing about what is shown: that is `core.insight.standing` and `core.insight.known`. Waits by a clock that only goes
forward; ages are told by the server's time.

Whatever is told goes out through `post`, which has it run in the window's thread.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from app.faults import log_fault
from app.runtime.crew import Crew
from app.runtime.doing import NO_EVENT, Doing
from app.runtime.probing import PROBERS, Probing, miss_of
from app.runtime.speaking import Listener, Speaker
from app.runtime.stream_line import StreamLine
from app.runtime.watched import Panel, Take, Watcher
from app.store.panel_cache import PanelCache, Shelf
from core.insight.known import Known
from core.insight.marks import EVERYTHING, Marks, News
from core.insight.question import EVENT_PLACE, Deed, Question, Told, Topic
from core.insight.reading import Fault, Reading
from core.insight.standing import IS_ABSENCE, Now, Standing, State
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.roles import INSTALLATION
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble

ASKERS = 4
"""Questions at once: what a page asks first comes in two rounds, and one slow route holds a quarter."""
SPREAD_MS = 1_500
"""Over how long questions are asked again once the server is back."""
LOOK_MS = 500
"""The longest wait of the line itself: what became too old in between is told then."""
MOST_QUESTIONS = 256
"""Questions that are remembered; those that nobody watches go first."""
LAST_S = 1.5
"""How long the end waits for threads that were cut off."""
NO_SESSION = "credentials_over"
T = TypeVar("T")


class WatchLine:
    """One window's line. `start` it, `stop` it once; its methods may be called from any thread.

    Nothing but the server's health is asked before `begin`.
    """

    def __init__(
        self,
        speaker: Speaker,
        cache: PanelCache,
        now: Callable[[], Now],
        listener: Listener,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._speaker = speaker
        self._cache = cache
        self._now = now
        self._listener = listener
        self._draw = draw
        self._changed = threading.Condition(threading.RLock())
        self._panels: dict[tuple[EventId | None, str], Panel] = {}
        self._standing = Standing()
        self._told: Standing | None = None
        self._event: EventId | None = None
        self._account: str | None = None
        self._refused: Rejected | None = Rejected(401, NO_SESSION)
        self._epoch = 0
        self._marks: Marks | None = None
        self._back_ms = 0
        self._is_over = self._was_answered = False
        self._is_reaching = True
        self._known: list[Callable[[], None]] = []
        self._probing = Probing(draw)
        self._askers = Crew("asker", ASKERS)
        self._doing = Doing(speaker, listener, self._note, self._hurry)
        self._prober = Crew("prober", PROBERS)
        self._stream = StreamLine(speaker.stream, self._stream_opened, self._stream_heard, self._stream_ended)
        self._thread = threading.Thread(target=self._go_on, name="watch line", daemon=True)

    # --- its life -------------------------------------------------------------------------------------------------

    def start(self, *, is_reaching: bool = True) -> None:
        """Begins to ask; else only to show what the cache has, until `reach`."""
        self._is_reaching = is_reaching
        self._thread.start()
        self._stream.start()

    def when_known(self, take: Callable[[], None]) -> None:
        """Calls `take` once what is watched by now was told as the cache has it."""
        with self._changed:
            self._known.append(take)
            self._changed.notify_all()

    def reach(self) -> None:
        """Looks for the server from now on."""
        with self._changed:
            self._is_reaching = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Ends at once: what is under way is cut off, nothing is told any more."""
        with self._changed:
            self._is_over = True
            self._epoch += 1
            self._changed.notify_all()
        self._speaker.cut()
        give_up_at = time.monotonic() + LAST_S
        is_quiet = True
        for each in (self._stream, self._askers, self._doing, self._prober):
            is_quiet &= each.stop(max(0.0, give_up_at - time.monotonic()))
        self._thread.join(max(0.0, give_up_at - time.monotonic()))
        if is_quiet:  # whoever still waits for a name server has the connections in use
            self._speaker.close()
        self._cache.close()

    def begin(self, account: str) -> None:
        """There is a session: asks everything, as this account. What another account knew is not shown any more."""
        with self._changed:
            is_other, self._account, self._refused = account != self._account, account, None
            self._renew(is_other=is_other)

    def know(self, account: str | None) -> None:
        """There is no session, and what the cache has of this account is shown; None: of nobody."""
        with self._changed:
            is_other, self._account, self._refused = account != self._account, account, Rejected(401, NO_SESSION)
            self._renew(is_other=is_other)

    def end_session(self, code: str = NO_SESSION) -> None:
        """There is no session any more: nothing is asked until `begin`, and what is known stays."""
        with self._changed:
            if self._refused is None:
                self._refused = Rejected(401, code)
                self._epoch += 1
                self._follow()
                self._changed.notify_all()

    def show(self, event: EventId | None) -> None:
        """Another event is shown."""
        with self._changed:
            if event != self._event:
                self._event, self._marks = event, None
                self._renew(is_other=False)

    @property
    def event(self) -> EventId | None:
        """The event that is shown."""
        return self._event

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return self._standing

    @property
    def marks(self) -> Marks | None:
        """What the stream said last of the event; None before it said anything."""
        return self._marks

    # --- what is asked of it --------------------------------------------------------------------------------------

    def watch(self, question: Question[Any], take: Take) -> Watcher:
        """Tells what is known, and again whenever that changes."""
        watcher = Watcher(question, take, self.ask_again, self.leave)
        with self._changed:
            panel = self._panel(question)
            if not panel.takes:
                panel.known, panel.told = panel.known.wanted(self._now().at_ms), None
            panel.takes.append(watcher)
            if panel.told is not None:
                self._tell(watcher, panel.told)
            self._changed.notify_all()
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Somebody watches no more; what is known of the question stays for a while."""
        with self._changed:
            for panel in self._panels.values():
                if watcher in panel.takes:
                    panel.takes.remove(watcher)

    def ask_again(self, question: Question[Any]) -> None:
        """Somebody wants it now. While the server is away, the one probe is what is tried."""
        with self._changed:
            panel = self._panel(question)
            panel.want(self._now())
            self.retry()

    def retry(self) -> None:
        """Somebody wants the connection to be tried now."""
        with self._changed:
            self._probing.hurry(0)
            self._changed.notify_all()

    def do(self, deed: Deed[T], take: Callable[[Done[T] | Later | Rejected], None]) -> None:
        """Does it once, beside the questions, and tells how it went."""
        self._doing.do(deed, self._event, take)

    def fetch(self, path: str, into: Path, take: Callable[[Done[int] | Later | Rejected], None]) -> None:
        """Writes a file, beside the questions, and tells how it went."""
        self._doing.fetch(path, self._event, into, take)

    def aside(self, work: Callable[[], T], take: Callable[[T], None]) -> None:
        """Has something done beside the window's thread that asks the server by itself, such as a log-in.

        What it raises is raised in the window's thread: a fault of the part that asked.
        """
        self._doing.aside(work, take)

    # --- the line's own thread ------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        while True:
            with self._changed:
                if self._is_over:
                    return
                try:
                    wait_ms = self._turn()
                except Exception as err:  # noqa: BLE001 — the top of this thread
                    log_fault("watch line", err)
                    wait_ms = LOOK_MS
                if wait_ms > 0:
                    self._changed.wait(wait_ms / 1000)

    def _turn(self) -> float:
        """Does what is due; the milliseconds until something is due again."""
        now = self._now()
        if self._may_probe() and now.tick_ms >= self._probing.due_ms:
            self._probing.begin(now.tick_ms, is_here=self._standing.is_asking)
            self._prober.hand(self._probe)
        watched = [panel for panel in self._panels.values() if panel.takes]
        for panel in watched:
            panel.look_up(self._cache)
        due = sorted((panel for panel in watched if self._may_ask(panel)), key=lambda panel: panel.due_ms)
        for panel in due:
            if panel.due_ms <= now.tick_ms:
                self._begin_asking(panel, now)
        self._look(now, watched)
        for take in self._known:
            self._listener.post(take)
        self._known.clear()
        waits = [panel.due_ms - now.tick_ms for panel in due if not panel.is_asked]
        return max(5.0, min([LOOK_MS, *waits, *self._probe_wait(now)]))

    def _may_probe(self) -> bool:
        return self._is_reaching and self._probing.may_begin(is_here=self._standing.is_asking)

    def _probe_wait(self, now: Now) -> list[float]:
        return [self._probing.due_ms - now.tick_ms] if self._may_probe() else []

    def _may_ask(self, panel: Panel) -> bool:
        is_here = self._standing.is_asking and self._refused is None
        return is_here and not panel.is_asked and not (panel.needs_event and self._event is None)

    def _begin_asking(self, panel: Panel, now: Now) -> None:
        panel.begin(now)
        epoch, event = self._epoch, self._event

        def work() -> None:
            if self._is_current(panel, epoch):
                self._take(panel, epoch, self._asked(panel, event))

        self._askers.hand(work)

    def _is_current(self, panel: Panel, epoch: int) -> bool:
        """Whether what waited for its turn may still be asked: the session may be over by now, the server away."""
        with self._changed:
            is_current = epoch == self._epoch and self._standing.is_asking and not self._is_over
            panel.is_asked = is_current
            return is_current

    def _asked(self, panel: Panel, event: EventId | None) -> Done[Told[Any]] | Later | Rejected:
        try:
            return self._speaker.ask(panel.question, event)
        except Exception as err:  # noqa: BLE001 — a question's own reader may have a bug: that panel's affair (G22)
            log_fault(f"question {panel.name}", err)
            return Later(Trouble.SERVER_ERROR)

    def _look(self, now: Now, watched: list[Panel]) -> None:
        """What the panels show now, and how the connection stands by them."""
        asking = self._asking()
        is_known = self._refused is not None or all(
            panel.answered_ms >= self._back_ms or isinstance(panel.known.fault, Rejected) for panel in asking
        )
        failing = {
            panel.name: panel.known.fault
            for panel in asking
            if panel.known.is_failing and isinstance(panel.known.fault, Later)
        }
        standing = self._standing.after_round(now, failing, is_complete=is_known and self._was_answered)
        retries = [panel.due_ms for panel in asking if panel.name in failing and not panel.is_asked]
        self._stand(self._with_retry(standing, now, retries), now)
        for panel in watched:
            lost, since_ms = self._lost(panel)
            reading = panel.known.reading(now.at_ms, panel.every_ms, lost, since_ms)
            if reading != panel.told:
                panel.told = reading
                for watcher in panel.takes:
                    self._tell(watcher, reading)

    def _with_retry(self, standing: Standing, now: Now, retries: list[float]) -> Standing:
        at_ms: float | None = None
        if standing.state is State.OFFLINE and not self._probing.is_under_way:
            at_ms = self._probing.due_ms
        elif standing.state is State.DEGRADED and retries:
            at_ms = min(retries)
        told = None if at_ms is None else Millis(int(now.at_ms + max(0.0, at_ms - now.tick_ms)) // 1000 * 1000)
        return replace(standing, retry_at_ms=told)

    def _asking(self) -> list[Panel]:
        """The panels that are watched and can be asked for."""
        return [each for each in self._panels.values() if each.takes and not (each.needs_event and self._event is None)]

    def _lost(self, panel: Panel) -> tuple[Fault | None, Millis | None]:
        """Why a question is not asked at all, and since when."""
        if self._refused is not None:
            return self._refused, None
        if panel.needs_event and self._event is None:
            return NO_EVENT, None
        if not self._standing.is_asking:
            return Later(self._standing.trouble or Trouble.UNREACHABLE), self._standing.since_ms
        return None, None

    # --- what comes back ------------------------------------------------------------------------------------------

    def _take(self, panel: Panel, epoch: int, answer: Done[Told[Any]] | Later | Rejected) -> None:
        """An answer to a panel's question; of an earlier event or session it is nobody's any more."""
        told: Told[Any] | None = None
        with self._changed:
            panel.is_asked = False
            self._changed.notify_all()
            if epoch != self._epoch or self._is_over:
                return
            now = self._now()
            match answer:
                case Done(value=value, took_ms=took_ms):
                    every_ms = panel.round_ms(has_stream=self._standing.has_stream) * (0.9 + 0.1 * self._draw())
                    told = value if panel.take(value, took_ms, now, every_ms=every_ms) else None
                case Rejected() if answer.is_our_servers:
                    panel.refuse(answer, now)
                case Later() | Rejected():
                    panel.fail(answer if isinstance(answer, Later) else Later(Trouble.REFUSED), now)
            self._note(answer)
            shelf = panel.shelf
        if told is not None:
            as_of_ms = panel.known.as_of_ms if told.at_ms is None else told.at_ms
            kept = panel.question.keep(told.json)
            self._cache.put(shelf, panel.name, panel.question.right.value, kept, as_of_ms or now.at_ms)

    def _note(self, answer: Done[Any] | Later | Rejected) -> None:
        """What an answer says of the server and of the session."""
        with self._changed:
            now = self._now()
            match answer:
                case Rejected(status=status, code=code) if answer.is_our_servers:
                    self._stand(self._standing.after_answer(now), now)
                    if (status == 401 and code != "log_in_wrong") or code == "password_change_needed":
                        self._over(code)
                case Done():
                    self._stand(self._standing.after_answer(now), now)
                case Later() | Rejected():
                    trouble = answer.trouble if isinstance(answer, Later) else Trouble.REFUSED
                    if IS_ABSENCE[trouble] and self._standing.is_asking:
                        self._standing = self._standing.after_suspicion()
                        self._probing.hurry(now.tick_ms)
            self._was_answered |= not isinstance(answer, Later)
            self._changed.notify_all()

    def _over(self, code: str) -> None:
        if self._refused is None:
            self.end_session(code)
            self._listener.session_ended(code)

    def _probe(self) -> None:
        """Asks whether the server is there, for all panels."""
        try:
            answer = self._speaker.health()
        except Exception as err:  # noqa: BLE001 — the next one may do better
            log_fault("probe", err)
            answer = Later(Trouble.SERVER_ERROR)
        with self._changed:
            now = self._now()
            self._probing.end()
            self._changed.notify_all()
            if self._is_over:
                return
            miss = miss_of(answer)
            if miss is None:
                self._was_answered = True
                reach = answer.value.internet if isinstance(answer, Done) else self._standing.reach
                self._probing.note_answer(now.tick_ms)
                self._stand(replace(self._standing.after_answer(now), reach=reach), now)
                return
            missed = self._standing.after_miss(now, miss.trouble)
            self._probing.note_miss(now.tick_ms, miss, is_away=missed.state is State.OFFLINE)
            self._stand(missed, now)

    def _stand(self, standing: Standing, now: Now) -> None:
        """It stands so from now on; whoever listens hears of what can be seen."""
        standing = standing.with_watched(frozenset(each.name for each in self._asking()))
        before, self._standing = self._standing, standing
        if before.state is not standing.state and State.OFFLINE in (before.state, standing.state):
            if standing.is_asking:
                self._come_back(now)
            self._follow()
        shown = replace(standing, misses=0, calm_since_tick_ms=None)
        if shown != self._told:
            self._told = shown
            self._listener.standing_changed(shown)

    def _come_back(self, now: Now) -> None:
        """The server is back: everything is asked again, not all at one moment, and not by all windows at one."""
        self._back_ms = now.tick_ms
        for panel in self._panels.values():
            panel.come_back(now.tick_ms + self._draw() * SPREAD_MS if panel.takes else 0.0)

    # --- changes --------------------------------------------------------------------------------------------------

    def _stream_opened(self) -> None:
        with self._changed:
            self._stand(replace(self._standing, has_stream=True), self._now())

    def _stream_heard(self, news: News) -> None:
        with self._changed:
            if not isinstance(news, Marks):
                self._hurry(EVERYTHING)  # its ledger is away: those who ask learn it by themselves
                return
            before, self._marks = self._marks, news
            self._hurry(news.topics_since(before))
            self._listener.marks_changed(news)

    def _stream_ended(self, answer: Done[None] | Later | Rejected) -> None:
        with self._changed:
            if isinstance(answer, Done):
                return  # in order: it comes again at once
            self._stand(replace(self._standing, has_stream=False), self._now())
            self._note(answer)

    def _hurry(self, topics: frozenset[Topic]) -> None:
        """What depends on these is asked again, soon; what fails keeps its patience."""
        with self._changed:
            for panel in self._panels.values():
                panel.hurry(topics)
            self._changed.notify_all()

    def _follow(self) -> None:
        is_wanted = self._refused is None and self._standing.is_asking and not self._is_over
        self._stream.follow(self._event if is_wanted else None)

    # --- what is remembered ---------------------------------------------------------------------------------------

    def _panel(self, question: Question[Any]) -> Panel:
        """The panel of a question at the event that is shown; another one where the question has become another."""
        event = self._event if EVENT_PLACE in question.path else None
        found = self._panels.get((event, question.name))
        if found is not None and found.is_about(question):
            return found
        shelf = Shelf(self._speaker.server, self._account or "", (event or INSTALLATION).hex)
        made = Panel(question, shelf, Known(self._now().at_ms))
        if found is not None:
            made.takes = found.takes
        self._panels[event, question.name] = made
        for key, panel in list(self._panels.items())[:-MOST_QUESTIONS]:
            if not panel.takes:
                del self._panels[key]
        return made

    def _renew(self, *, is_other: bool) -> None:
        """Who watches does so at the event and for the account of now; what is under way is nobody's any more."""
        self._epoch += 1
        watchers = [watcher for panel in self._panels.values() for watcher in panel.takes]
        if is_other:
            self._panels = {}
        for panel in self._panels.values():
            panel.takes = []
            panel.due_ms = 0
        now_ms = self._now().at_ms
        for watcher in watchers:
            panel = self._panel(watcher.question)
            panel.known = panel.known if panel.takes else panel.known.wanted(now_ms).doubted()
            panel.takes.append(watcher)
            panel.told = None
        self._follow()
        self._changed.notify_all()

    def _tell(self, watcher: Watcher, reading: Reading[Any]) -> None:
        self._listener.post(lambda: watcher.hear(reading))
