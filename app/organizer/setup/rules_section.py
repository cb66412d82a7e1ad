"""What doors may do: overrides, identity, what a kiosk without network believes, when everybody counts as gone."""

from typing import Any

from PySide6.QtWidgets import QWidget

from app.organizer.setup.class_form import MINUTE_MS
from app.organizer.setup.event_section import say_steps
from app.organizer.setup.section import Section
from app.organizer.surroundings import Surroundings
from app.widgets.choice_fields import ChoiceField, Option, TickField
from app.widgets.fields import NUMBER_WIDE, Field, NumberField, TextField
from core.model.event import OfflineReentry
from core.sync.event_flaws import Place
from core.sync.messages import EventRow

_MOST_BUDGET_MS, _MOST_MINUTES = 10_000, 7 * 24 * 60
_STALE = {"warn_ms": "warn", "amber_ms": "amber"}


class RulesSection(Section):
    """The event's policy."""

    names = (
        *("may_override_unpaid", "checks_identity_by_name", "offline_reentry"),
        *("checkout_at", "online_budget_ms", "stale"),
    )

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self.unpaid, self.identity, self.offline = TickField(), TickField(), ChoiceField()
        self.checkout, self.budget = TextField(5, most_wide=NUMBER_WIDE), NumberField(0, _MOST_BUDGET_MS)
        self.warn, self.amber = (NumberField(1, _MOST_MINUTES) for _ in range(2))
        fields: tuple[Field, ...] = (self.unpaid, self.identity, self.offline, self.checkout, self.budget)
        for each in (*fields, self.warn, self.amber):
            self.add(each)

    def values(self) -> dict[str, Any]:
        """As they stand."""
        stale = {name: _in_ms(getattr(self, part).value, self._stale_of(name)) for name, part in _STALE.items()}
        return {
            "may_override_unpaid": self.unpaid.value,
            "checks_identity_by_name": self.identity.value,
            "offline_reentry": self.offline.value,
            "checkout_at": self.checkout.value or None,
            "online_budget_ms": self.budget.value,
            "stale": stale,
        }

    def load(self, row: EventRow) -> None:
        """Shows the event's."""
        self.unpaid.show_value(row.may_override_unpaid)
        self.identity.show_value(row.checks_identity_by_name)
        self.offline.show_value(row.offline_reentry)
        self.checkout.show_value(row.checkout_at)
        self.budget.show_value(row.online_budget_ms)
        self.warn.show_value(row.stale.warn_ms // MINUTE_MS)
        self.amber.show_value(row.stale.amber_ms // MINUTE_MS)

    def say(self) -> None:
        """In the language of now."""
        said = self.at.words.set_up.rules
        self.unpaid.say(said.unpaid)
        self.identity.say(said.identity)
        self.offline.say(said.offline)
        self.offline.show_options(
            [Option(OfflineReentry.HOLD.value, said.hold), Option(OfflineReentry.TRUST.value, said.trust)]
        )
        self.checkout.say(said.checkout, said.checkout_help)
        self.budget.say(said.budget, said.budget_help)
        self.warn.say(said.warn, said.stale_help)
        self.amber.say(said.amber, said.stale_help)
        say_steps(self.at, self.budget, self.warn, self.amber)

    def field_at(self, place: Place) -> Field | None:
        """By the event's own names."""
        fields: dict[str, Field] = {"checkout_at": self.checkout, "online_budget_ms": self.budget}
        fields |= {"offline_reentry": self.offline}
        if place[0] == "stale" and len(place) > 1:
            found = getattr(self, _STALE.get(str(place[1]), ""), None)
            return found if isinstance(found, Field) else None
        return fields.get(str(place[0]))

    def _stale_of(self, name: str) -> int:
        return int(self._base.get("stale", {}).get(name, 0))


def _in_ms(minutes: object, before_ms: int) -> object:
    """A length in milliseconds, as it was where its minutes are the same; what is no number stays so."""
    if not isinstance(minutes, int):
        return minutes
    return before_ms if minutes == before_ms // MINUTE_MS else minutes * MINUTE_MS
