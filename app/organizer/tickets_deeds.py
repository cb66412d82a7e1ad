"""The sheets that ask before a ticket is changed: what it does, how much it touches, why.

Owns that nothing is done without a reason and a yes, once for each yes; that of money what was shown goes back, or
nothing is canceled; that a whole order says how many tickets it
touches before it can be canceled; and that a new code is shown to whoever asked for it, until they hide it, and mailed
only where they left that ticked.
"""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.organizer.desk import Watching
from app.organizer.panel_present import cause_text
from app.organizer.pick_keys import PickKeys
from app.organizer.refund_present import RefundOffer, RefundTyped, help_of, offer_of, typed_of
from app.organizer.sheet_page import SheetPage
from app.organizer.surroundings import Confirmation, Surroundings
from app.organizer.tickets_present import fault_text
from app.organizer.tickets_questions import (
    attention_deed,
    cancel_order_deed,
    change_deed,
    order_question,
    payment_question,
    reissue_deed,
)
from app.widgets.fields import NUMBER_WIDE, TextField
from app.widgets.form import set_tone
from app.widgets.plain_text import PlainParagraph, plain_label
from app.widgets.qr_picture import QrPicture
from app.widgets.row_key import RowKey, RowText
from app.widgets.theme import Theme
from app.widgets.typeface import font
from core.insight.reading import Reading
from core.insight.ticket_deeds import TERMS, TicketDeed
from core.payment.intent import RefundFate
from core.payment.money import money_text
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import AttentionRow
from core.sync.ticket_messages import (
    ASKED_FOR,
    AttentionReply,
    ChangeReply,
    PaymentTold,
    ReissuedTicket,
    TicketSummary,
    Why,
)

TYPED_FROM = 20
"""Tickets of an order: from here on their number is typed before they are canceled."""
_ENDING = frozenset({TicketDeed.CANCEL, TicketDeed.BLOCK, TicketDeed.ORDER, TicketDeed.REISSUE})

_PAYMENT_UNKNOWN = "payment_unknown"
MOST_TYPED = 12
"""Characters of an amount: eight figures, a point, three decimals."""
_STOLEN = frozenset(why.value for why in ASKED_FOR)
_PAYS_BACK = frozenset({TicketDeed.CANCEL, TicketDeed.ORDER})


class DeedSheet(SheetPage):
    """One deed with one ticket, or with an order."""

    print_wanted = Signal()
    """Somebody wants the new code on paper."""

    def __init__(
        self,
        surroundings: Surroundings,
        deed: TicketDeed,
        tid: str,
        subtitle: str,
        order: str = "",
        source: str = "",
        mail_to: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(surroundings, parent)
        self._deed, self._tid, self._order = deed, tid, order
        self._mail_to = mail_to if deed is TicketDeed.REISSUE else ""
        self._subtitle = subtitle
        self._is_busy = False
        self._count: int | None = None
        self._watching: Watching | None = None
        self._watching_payment: Watching | None = None
        self._offer: RefundOffer | None = None
        self._is_unpaid = False
        self.why_label = plain_label("", self)
        self.whys = PickKeys("", parent=self)
        self.whys.picked.connect(self._take_why)
        self.money = PlainParagraph(self)
        self.money.hide()
        self.amount = TextField(MOST_TYPED, self, most_wide=NUMBER_WIDE)
        self.amount.hide()
        self.amount.changed.connect(self._let)
        self.touches = PlainParagraph(self)
        self.touches.hide()
        self.mail = RowKey(self)
        self.mail.setVisible(bool(self._mail_to))
        self.mail.clicked.connect(lambda: self._show_mail(is_ticked=self.mail.isChecked()))
        self.code = QrPicture("", self)
        self.code.hide()
        self.code_text = PlainParagraph(self)
        self.code_text.hide()
        parts = (self.touches, self.why_label, self.whys, self.amount, self.money, self.mail, self.code, self.code_text)
        for part in parts:
            self.room.addWidget(part)
        self.no, self.yes, self.print_key = self.a_key(""), self.a_key("", "main"), self.a_key("")
        set_tone(self.yes, "danger" if deed in _ENDING else "main")
        self.no.clicked.connect(self.left)
        self.yes.clicked.connect(self._ask_again_or_do)
        self.print_key.clicked.connect(self.print_wanted)
        self.print_key.hide()
        self._say()
        self.show_keys((self.no, self.yes))
        self._let()
        if deed is TicketDeed.ORDER:
            self.touches.show_text(self.at.words.tickets.asking.counting)
            self._watching = self.at.desk.watch(order_question(order), self._count_order)
        payment = payment_question(order, source)
        if deed in _PAYS_BACK and order and self.at.desk.may(payment.right):
            self._watching_payment = self.at.desk.watch(payment, self._take_payment)

    @property
    def is_busy(self) -> bool:
        """Whether the server has been asked and has not answered."""
        return self._is_busy

    def stop(self) -> None:
        """It is not seen any more."""
        for each in (self._watching, self._watching_payment):
            if each is not None:
                each.stop()
        self._watching = self._watching_payment = None

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self.why_label.setStyleSheet(f"color: {theme.muted};")
        for each in (self.mail, self.amount):
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for each in (self.why_label, self.touches, self.money, self.code_text):
            each.setFont(font(base_px))
        for part in (self.whys, self.mail, self.amount):
            part.show_base(base_px)

    # --- what is asked --------------------------------------------------------------------------------------------

    def _say(self) -> None:
        words, said = self.at.words.tickets, self.at.words.tickets.deeds[self._deed]
        self.show_head(said.title, self._subtitle, said.text)
        self.why_label.show_text(words.asking.why)
        self.money.show_text(words.asking.money_goes)
        self.whys.setAccessibleName(words.asking.why)
        self.whys.show_choices([(why.value, words.whys[why]) for why in TERMS[self._deed].whys])
        self._set_keys(words.asking.no, said.yes)
        self._show_mail(is_ticked=True)

    def _take_why(self, why: str) -> None:
        """What was stolen is mailed by somebody's word alone: each choice of a reason ticks anew."""
        self._show_mail(is_ticked=why not in _STOLEN)
        self._let()

    def _show_mail(self, *, is_ticked: bool) -> None:
        said = self.at.words.tickets.asking
        line = said.mail_code_stolen if self.whys.chosen in _STOLEN else ""
        self.mail.show_row(RowText(said.mail_code.fill(address=self._mail_to), line, is_ticked=is_ticked))

    def _set_keys(self, no: str, yes: str) -> None:
        for key, text in ((self.no, no), (self.yes, yes), (self.print_key, self.at.words.tickets.ticket.print_one)):
            key.setText(text.replace("&", "&&"))
            key.setAccessibleName(text)

    def _count_order(self, reading: Reading[list[TicketSummary]]) -> None:
        said = self.at.words.tickets.asking
        if reading.value is not None:
            self._count = len(reading.value)
            told = said.touches_one if self._count == 1 else said.touches
            named = {"order": self._order} if self._count == 1 else {"order": self._order, "count": self._count}
            self.touches.show_text(told.fill(**named))
        elif reading.fault is not None:
            self.touches.show_text(said.not_counted.fill(cause=cause_text(reading.fault, self.at.words)))
        self._let()

    def _take_payment(self, reading: Reading[PaymentTold]) -> None:
        """What was paid; where nobody knows, the sheet says so, and where it can't be asked, what holds in general."""
        fault = reading.fault
        self._is_unpaid = isinstance(fault, Rejected) and fault.code == _PAYMENT_UNKNOWN
        if reading.value is not None:
            self._offer = offer_of(reading.value, self._tid, is_order=self._deed is TicketDeed.ORDER)
            said = self.at.words.tickets.refund
            name = said.how_much.fill(currency=self._offer.currency.upper())
            self.amount.say(name, help_of(self._offer, said))
        self._let()

    def _typed(self) -> RefundTyped | None:
        """What goes back as it stands; None where nothing does, or nobody here knows."""
        if self._offer is None or self.whys.chosen != Why.REFUND.value:
            return None
        return typed_of(self.amount.value, self._offer, self.at.words.tickets.refund)

    def _let(self) -> None:
        typed = self._typed()
        is_counted = self._deed is not TicketDeed.ORDER or self._count is not None
        is_sound = is_counted and (typed is None or typed.is_sound)
        self.yes.setEnabled(bool(self.whys.chosen) and is_sound and not self._is_busy)
        self.no.setEnabled(not self._is_busy)
        for part in (self.mail, self.amount):
            part.setEnabled(not self._is_busy)
        self._show_money(typed)

    def _show_money(self, typed: RefundTyped | None) -> None:
        words = self.at.words.tickets
        is_refund = self._deed in _PAYS_BACK and self.whys.chosen == Why.REFUND.value
        self.amount.setVisible(typed is not None and self._offer is not None and self._offer.left > 0)
        self.amount.show_trouble("" if typed is None or not self.amount.value else typed.trouble)
        said = words.refund.none_known if self._is_unpaid else words.asking.money_goes
        self.money.show_text(said if typed is None else typed.said)
        self.money.setVisible(is_refund and (typed is None or bool(typed.said)))

    # --- what is done ---------------------------------------------------------------------------------------------

    def _ask_again_or_do(self) -> None:
        count, said = self._count or 0, self.at.words.tickets.deeds[self._deed]
        if self._deed is TicketDeed.ORDER and count >= TYPED_FROM:
            typed = self._typed()
            text = " ".join(filter(None, (self.touches.text(), "" if typed is None else typed.said)))
            asked = Confirmation(said.title, text, said.yes, is_destructive=True, typed=str(count))
            self.at.teller.ask(asked, self._do)
            return
        self._do()

    def _do(self) -> None:
        if self._is_busy:
            return
        self._is_busy = True
        self._let()
        self.tell(self.at.words.tickets.asking.working)
        why, typed = Why(self.whys.chosen), self._typed()
        amount = None if typed is None else typed.amount
        if self._deed is TicketDeed.REISSUE:
            is_mailed = self.mail.isChecked() if self._mail_to else None
            self.at.desk.do(reissue_deed(self._tid, why, is_mailed=is_mailed), self._take_code)
        elif self._deed is TicketDeed.ORDER:
            self.at.desk.do(cancel_order_deed(self._order, why, amount), self._take_change)
        else:
            self.at.desk.do(change_deed(self._tid, self._deed, why, amount), self._take_change)

    def _take_change(self, told: Done[ChangeReply] | Later | Rejected) -> None:
        self._is_busy = False
        if not isinstance(told, Done):
            self._fail(told)
            return
        words, changed = self.at.words.tickets, len(told.value.changed)
        text = words.deeds[self._deed].done if changed else words.asking.unchanged
        if changed > 1:
            text = f"{text} {words.asking.many_done.fill(count=changed)}"
        refund = told.value.refund
        if refund is not None and refund.state == RefundFate.WAITING:
            text = f"{text} {words.asking.money_is_going.fill(amount=money_text(refund.amount, refund.currency))}"
        elif refund is None and self.whys.chosen == Why.REFUND.value:
            text = f"{text} {words.refund.none_went}"
        self.at.teller.tell(text)
        self.left.emit()

    def _take_code(self, told: Done[ReissuedTicket] | Later | Rejected) -> None:
        self._is_busy = False
        if not isinstance(told, Done):
            self._fail(told)
            return
        said = self.at.words.tickets.asking
        self.at.teller.tell(self.at.words.tickets.deeds[self._deed].done)
        mailed_to = told.value.mailed_to
        text = "" if mailed_to is None else f" {said.mail_code_is_going.fill(address=mailed_to)}"
        self.show_head(said.new_code, self._subtitle, said.new_code_text + text)
        for part in (self.touches, self.why_label, self.whys, self.mail):
            part.hide()
        self.code.setAccessibleName(said.new_code)
        self.code.show_code(told.value.text)
        self.code.show()
        self._set_keys(said.hide_code, "")
        self.no.setEnabled(True)
        self.tell("")
        self.show_keys((self.print_key, self.no))
        self.no.setFocus()

    def _fail(self, fault: Later | Rejected) -> None:
        self.tell(fault_text(fault, self.at.words), is_trouble=True)
        self._let()


class AttentionSheet(SheetPage):
    """What the doors do for one ticket beside its class."""

    def __init__(
        self,
        surroundings: Surroundings,
        tid: str,
        subtitle: str,
        items: Sequence[AttentionRow],
        chosen: Sequence[int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(surroundings, parent)
        self._tid = tid
        self._is_busy = False
        said = self.at.words.tickets.attention
        self.items: dict[int, RowKey] = {}
        for each in items:
            row = RowKey(self)
            row.show_row(RowText(each.text, "", is_ticked=each.number in chosen))
            self.items[each.number] = row
            self.room.addWidget(row)
        self.no, self.yes = self.a_key(self.at.words.tickets.asking.no), self.a_key(said.yes, "main")
        self.no.clicked.connect(self.left)
        self.yes.clicked.connect(self._do)
        self.yes.setEnabled(bool(items))
        self.show_head(said.title, subtitle, said.text if items else said.none)
        self.show_keys((self.no, self.yes))

    @property
    def is_busy(self) -> bool:
        """Whether the server has been asked and has not answered."""
        return self._is_busy

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        for row in self.items.values():
            row.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for row in self.items.values():
            row.show_base(base_px)

    def _do(self) -> None:
        self._is_busy = True
        self.yes.setEnabled(False)
        self.tell(self.at.words.tickets.asking.working)
        numbers = [number for number, row in self.items.items() if row.isChecked()]
        self.at.desk.do(attention_deed(self._tid, numbers), self._take)

    def _take(self, told: Done[AttentionReply] | Later | Rejected) -> None:
        self._is_busy = False
        if isinstance(told, Done):
            self.at.teller.tell(self.at.words.tickets.attention.done)
            self.left.emit()
            return
        self.yes.setEnabled(True)
        self.tell(fault_text(told, self.at.words), is_trouble=True)
