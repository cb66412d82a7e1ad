"""What the sheet about the camera says: its facts and its settings in, texts out.

Owns the texts of its keys, and what each touch makes of the settings. Refuses Qt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from app.device.device_camera import Named
from app.kiosk.words import CameraState, KioskWords
from core.model.settings import CameraSettings, Region, Turn

PARTS = (Region(), Region(15, 15, 70, 70), Region(30, 30, 40, 40))
"""What the key for the part that is read goes through; any other part is drawn with a finger."""
_TURNS = tuple(Turn)


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """A camera of now. `choices` are those of the machine; `size` is (w, h) in pixels, zeros before a picture."""

    name: str = ""
    state: CameraState = CameraState.STARTING
    choices: tuple[Named, ...] = ()
    size: tuple[int, int] = (0, 0)
    a_second: int | None = None
    has_torch: bool = False
    is_reading: bool = False
    settings: CameraSettings = field(default_factory=CameraSettings)


@dataclass(frozen=True, slots=True)
class CameraText:
    """The sheet in words; an empty text has no key. `trouble` says what is the matter, in place of `reading`."""

    name: str
    picture: str
    reading: str
    trouble: str
    next: str
    mirror: str
    turn: str
    part: str
    torch: str
    drag: str


def present_camera(facts: CameraFacts, words: KioskWords) -> CameraText:
    """The texts of the sheet."""
    said, settings = words.camera_sheet, facts.settings
    told = words.camera[facts.state]
    is_well = facts.state in {CameraState.WORKING, CameraState.STARTING}
    width, height = facts.size
    picture = said.picture.fill(width=width, height=height, rate=facts.a_second or 0) if width else ""
    return CameraText(
        name=said.use.fill(name=facts.name) if facts.name else said.none,
        picture=picture,
        reading=said.reads if facts.is_reading else said.reads_nothing,
        trouble="" if is_well else ". ".join(part for part in (told.title, told.step) if part),
        next=said.next if len(facts.choices) > 1 else "",
        mirror=said.mirrored if settings.is_mirrored else said.unmirrored,
        turn=said.turn.fill(degrees=int(settings.turn)),
        part=said.whole if settings.region.is_whole else said.part,
        torch="" if not facts.has_torch else said.torch_on if settings.is_torch_on else said.torch_off,
        drag=said.drag,
    )


def with_next_camera(facts: CameraFacts) -> CameraSettings:
    """The settings with the camera behind the one that films, after the last one with the first."""
    ids = [choice.id for choice in facts.choices]
    now = next((place for place, choice in enumerate(facts.choices) if facts.settings.device == choice.id), None)
    if now is None:
        now = next((place for place, choice in enumerate(facts.choices) if facts.name == choice.name), -1)
    return replace(facts.settings, device=ids[(now + 1) % len(ids)]) if ids else facts.settings


def with_next_turn(settings: CameraSettings) -> CameraSettings:
    """A quarter further, clockwise. The part that is read is all of it again: it lay in another picture."""
    return replace(settings, turn=_after(settings.turn, _TURNS), region=Region())


def with_mirror(settings: CameraSettings) -> CameraSettings:
    """Mirrored, or no longer; the part that is read stays where it is in the room."""
    region = settings.region
    return replace(
        settings,
        is_mirrored=not settings.is_mirrored,
        region=replace(region, left=100 - region.left - region.width),
    )


def with_next_part(settings: CameraSettings) -> CameraSettings:
    """The next of the usual parts; a drawn one is followed by all of it."""
    following = dict(pairwise((*PARTS, PARTS[0])))
    return replace(settings, region=following.get(settings.region, PARTS[0]))


def with_torch(settings: CameraSettings) -> CameraSettings:
    """Lit, or no longer."""
    return replace(settings, is_torch_on=not settings.is_torch_on)


def _after(value: Turn, among: Sequence[Turn]) -> Turn:
    return among[(among.index(value) + 1) % len(among)]
