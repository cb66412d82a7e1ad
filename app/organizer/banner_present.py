"""How the connection stands, in words: the banner over all pages, and the page with more about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.organizer.words import OrganizerWords
from app.widgets.banner import BannerState, BannerText
from app.widgets.times import duration_text, instant_text, long_duration_text
from core.insight.standing import NEVER, Standing, State
from core.model.moments import Millis
from core.sync.health import Trouble

MOST_NAMES = 3
"""A banner names so many panels; more are counted."""
_STATES = {
    State.LIVE: BannerState.LIVE,
    State.DEGRADED: BannerState.DEGRADED,
    State.OFFLINE: BannerState.OFFLINE,
    State.RECOVERING: BannerState.RECOVERING,
}
_CERTIFICATE = {
    Trouble.CERTIFICATE_NAME,
    Trouble.CERTIFICATE_EXPIRED,
    Trouble.CERTIFICATE_EARLY,
    Trouble.CERTIFICATE_STRANGER,
}


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What a banner is made of. `affected` are the titles of the page's panels that are not new; `oldest_ms` when the
    oldest figure on the page was true, None where all is new or nothing is known.
    """

    standing: Standing
    server: str
    is_logged_out: bool = False
    affected: tuple[str, ...] = ()
    oldest_ms: Millis | None = None


def present_banner(facts: LinkFacts, now_ms: Millis, zone: ZoneInfo, words: OrganizerWords) -> BannerText:
    """The banner of now."""
    standing, told = facts.standing, words.window.banner
    state = _STATES[standing.state]
    if facts.is_logged_out:
        line = " ".join(filter(None, (told.logged_out_line, _figures(facts, now_ms, zone, words))))
        return BannerText(BannerState.DEGRADED, told.logged_out, line, act=told.log_in, details=told.details)
    if standing.state is State.RECOVERING and standing.trouble is Trouble.NOT_TRIED:
        line = _figures(facts, now_ms, zone, words)
        return BannerText(state, told.connecting.fill(server=facts.server), line, details=told.details)
    if standing.state is State.RECOVERING:
        line = " ".join(filter(None, (told.recovering_line, _figures(facts, now_ms, zone, words))))
        return BannerText(state, told.recovering, line, details=told.details)
    if standing.state is State.LIVE:
        since_ms = standing.no_internet_since_ms
        if since_ms is None:
            return BannerText(BannerState.LIVE)
        title = told.no_internet.fill(time=instant_text(since_ms, zone, now_ms, words.calendar))
        return BannerText(BannerState.DEGRADED, title, told.no_internet_line, details=told.details)
    template = told.offline if standing.state is State.OFFLINE else told.degraded
    title = template.fill(time=_since(standing, now_ms, zone, words), cause=_cause(standing, words))
    line = " ".join(filter(None, _meaning(facts, now_ms, zone, words)))
    wait = _wait(standing, now_ms, words)
    return BannerText(state, title, line, wait, act=told.retry, details=told.details)


def present_details(facts: LinkFacts, now_ms: Millis, zone: ZoneInfo, words: OrganizerWords) -> tuple[str, ...]:
    """More about the connection, line by line; the last one says what to do."""
    standing, told = facts.standing, words.window.details
    lines = [told.server.fill(address=facts.server)]
    if standing.state is State.LIVE and not facts.is_logged_out:
        lines += [told.live, told.streaming if standing.has_stream else told.polling]
    else:
        banner = present_banner(facts, now_ms, zone, words)
        lines += [f"{banner.title}."]
    since_ms = standing.no_internet_since_ms
    if since_ms is not None:
        lines.append(told.no_internet.fill(time=instant_text(since_ms, zone, now_ms, words.calendar)))
    elif standing.reach is not None and standing.reach.is_there:
        lines.append(told.internet)
    else:
        lines.append(told.internet_unknown)
    lines.append(told.affected.fill(panels=", ".join(facts.affected)) if facts.affected else told.newest)
    return (*lines, _cure(facts, words))


def _cure(facts: LinkFacts, words: OrganizerWords) -> str:
    told = words.window.details
    if facts.is_logged_out:
        return told.cure_own
    if facts.standing.trouble in _CERTIFICATE:
        return told.cure_certificate
    if facts.standing.state is State.OFFLINE:
        return told.cure_away
    return told.cure_ailing if facts.standing.state is State.DEGRADED else ""


def _meaning(facts: LinkFacts, now_ms: Millis, zone: ZoneInfo, words: OrganizerWords) -> Sequence[str]:
    told = words.window.banner
    if facts.standing.state is State.OFFLINE:
        return (_figures(facts, now_ms, zone, words), told.nothing_sent)
    affected = told.affected.fill(panels=names_text(facts.affected, words)) if facts.affected else ""
    since_ms = facts.standing.no_internet_since_ms
    internet = ""
    if since_ms is not None:
        internet = told.no_internet.fill(time=instant_text(since_ms, zone, now_ms, words.calendar)) + "."
    return (affected, _figures(facts, now_ms, zone, words), internet)


def names_text(names: Sequence[str], words: OrganizerWords) -> str:
    """`Gates, Arrivals and 3 more`."""
    first = ", ".join(names[:MOST_NAMES])
    left = len(names) - MOST_NAMES
    return words.window.banner.more.fill(names=first, count=left) if left > 0 else first


def _figures(facts: LinkFacts, now_ms: Millis, zone: ZoneInfo, words: OrganizerWords) -> str:
    if facts.oldest_ms is None:
        return ""
    time = instant_text(facts.oldest_ms, zone, now_ms, words.calendar)
    age = long_duration_text(max(0, now_ms - facts.oldest_ms), words.calendar)
    return words.window.banner.figures.fill(time=time, age=age)


def _since(standing: Standing, now_ms: Millis, zone: ZoneInfo, words: OrganizerWords) -> str:
    since_ms = now_ms if standing.since_ms == NEVER else standing.since_ms
    return instant_text(since_ms, zone, now_ms, words.calendar)


def _cause(standing: Standing, words: OrganizerWords) -> str:
    return words.troubles[standing.trouble or Trouble.UNREACHABLE]


def _wait(standing: Standing, now_ms: Millis, words: OrganizerWords) -> str:
    told = words.window.banner
    if standing.retry_at_ms is None:
        return ""
    left_ms = standing.retry_at_ms - now_ms
    if left_ms <= 0:
        return told.retrying
    return told.retry_in.fill(time=duration_text(-(-left_ms // 1_000) * 1_000, words.calendar))
