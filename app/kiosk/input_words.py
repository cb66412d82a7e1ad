"""The words of the ways in which a code comes: the camera and its sheet, hand scanner, picture, and typing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from app.widgets.words import Template


class InputNote(StrEnum):
    """What is worth knowing of a code that came by another way than a camera; the value is the key of its words."""

    CAPS_LOCK = "caps_lock"
    SCANNER_LAYOUT = "scanner_layout"
    LOOKING = "looking"
    NO_CODE = "no_code"
    SEVERAL_CODES = "several_codes"
    NO_PICTURE = "no_picture"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class LensWords:
    """What the strip says of a camera that works, but not as it should."""

    slow: Annotated[Template, "count"]
    substitute: Annotated[Template, "name"]


@dataclass(frozen=True, slots=True)
class CameraSheetWords:
    """The sheet on which a camera is chosen and set."""

    title: str
    none: str
    use: Annotated[Template, "name"]
    next: str
    mirrored: str
    unmirrored: str
    turn: Annotated[Template, "degrees"]
    whole: str
    part: str
    drag: str
    torch_on: str
    torch_off: str
    picture: Annotated[Template, "width", "height", "rate"]
    reads: str
    reads_nothing: str


@dataclass(frozen=True, slots=True)
class TypingWords:
    """The sheet on which the code printed on a ticket is typed."""

    title: str
    field: str
    hint: str
    more: Annotated[Template, "count"]
    wrong: Annotated[Template, "group"]
    wrong_several: Annotated[Template, "groups"]
    too_long: str
    meant: Annotated[Template, "group"]
    check: str
    erase: str
    clear: str
    picture: str
    case: str
