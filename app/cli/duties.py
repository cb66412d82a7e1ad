"""What the doors of an event do and ask before a guest goes on, at the command line."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace

from app.cli.ledger import CommandFailed, chosen_event, office_of, tid_of
from app.speech import say, say_json
from core.model.attention import MOST_ITEMS, AttentionKind
from core.sync.messages import AttentionRow, ClassRow, EventRow, QuestionRow


def set_attention(args: argparse.Namespace) -> int:
    """Names items, and whom they concern. Without an option it shows them."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        row = office.show_event(event).policy
        changes = {}
        if args.item or args.no_item:
            changes["attention"] = [asdict(each) for each in _items(row, args.item, args.no_item)]
        if args.classes:
            changes["classes"] = [asdict(each) for each in _with_items(row.classes, args.classes)]
        if changes:
            row = office.edits.update(event, changes)
    _say_items(row, as_json=args.json)
    return 0


def mark_ticket(args: argparse.Namespace) -> int:
    """What the doors do for one ticket beside what they do for its class; nothing named: nothing more."""
    wanted = numbers_of(args.items or "")
    if wanted is None:
        raise CommandFailed(f"'{args.items}' are no items: say their numbers, such as 1,3")
    with office_of(args) as office:
        told = office.marks.put(chosen_event(office, args.event), tid_of(args.tid), wanted)
    if args.json:
        say_json({"tid": args.tid.lower(), "attention": sorted(told)})
    else:
        say(f"ticket {args.tid.lower()}: " + (", ".join(map(str, sorted(told))) or "nothing beside its class"))
    return 0


def set_question(args: argparse.Namespace) -> int:
    """Asks something of the guests of a class, or no more."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        row = office.show_event(event).policy
        at = _class_at(row.classes, args.ticket_class)
        kept = [each for each in row.classes[at].questions if each.id != args.id]
        if args.text is not None:
            kept.append(QuestionRow(args.id, args.text, args.kind, not args.optional, list(args.choices)))
        classes = [*row.classes]
        classes[at] = replace(classes[at], questions=kept)
        row = office.edits.update(event, {"classes": [asdict(each) for each in classes]})
    asked = row.classes[at]
    if args.json:
        say_json({"class": asked.name, "questions": [asdict(each) for each in asked.questions]})
        return 0
    for each in asked.questions:
        said = f" ({', '.join(each.choices)})" if each.choices else ""
        say(f"{asked.name}: {each.id}: {each.text}{said}" + ("" if each.is_required else ", may be passed over"))
    if not asked.questions:
        say(f"{asked.name}: nothing is asked")
    return 0


def _items(row: EventRow, told: Sequence[str], gone: Sequence[int]) -> list[AttentionRow]:
    rows = {each.number: each for each in row.attention if each.number not in gone}
    for option in told:
        number, _, rest = option.partition("=")
        kind, _, text = rest.partition(":")
        if not number.isdecimal() or not 1 <= int(number) <= MOST_ITEMS or kind not in set(AttentionKind) or not text:
            kinds = ", ".join(AttentionKind)
            raise CommandFailed(
                f"'{option}' is no item: say N=KIND:TEXT, N from 1 to {MOST_ITEMS}, KIND one of {kinds}"
            )
        rows[int(number)] = AttentionRow(int(number), kind, text)
    return [rows[number] for number in sorted(rows)]


def _with_items(classes: Sequence[ClassRow], told: Sequence[str]) -> list[ClassRow]:
    rows = list(classes)
    for option in told:
        name, is_there, numbers = option.partition("=")
        at = _class_at(rows, name)
        wanted = numbers_of(numbers) if is_there else None
        if wanted is None:
            raise CommandFailed(f"'{option}' says nothing: say CLASS=N,N, or CLASS= for no item")
        rows[at] = replace(rows[at], attention=wanted)
    return rows


def numbers_of(text: str) -> list[int] | None:
    """The numbers of `1,3`; None where they are none."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and 1 <= int(part) <= MOST_ITEMS for part in parts):
        return None
    return sorted({int(part) for part in parts})


def _class_at(classes: Sequence[ClassRow], named: str) -> int:
    for at, each in enumerate(classes):
        if named.casefold() == each.name.casefold() or named == str(each.id):
            return at
    known = ", ".join(f"{each.id} ({each.name})" for each in classes)
    raise CommandFailed(f"there is no class '{named}': the event has {known}")


def _say_items(row: EventRow, *, as_json: bool) -> None:
    concerned = {each.name: each.attention for each in row.classes if each.attention}
    if as_json:
        say_json({"attention": [asdict(each) for each in row.attention], "classes": concerned})
        return
    for each in row.attention:
        whom = ", ".join(name for name, numbers in concerned.items() if each.number in numbers) or "no class"
        say(f"{each.number}  {each.kind}: {each.text}  ({whom})")
    if not row.attention:
        say("The doors have nothing to look at: --item names the first thing.")
