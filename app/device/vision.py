"""The one door to OpenCV: imports it, and takes back what the import does to Qt.

Some builds of cv2 point Qt at their own plug-ins and fonts through the environment, and a window started afterwards
loads another Qt's platform plug-in and dies. Everyone takes `cv2` from here.
"""

import os

_QT_WORDS = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")

_before = {word: os.environ.get(word) for word in _QT_WORDS}

import cv2 as cv2  # noqa: E402, PLC0414 - between taking down what was there and putting it back


def put_back(before: dict[str, str | None]) -> None:
    """Sets each variable to what it was; one that was absent is removed."""
    for word, value in before.items():
        if value is None:
            os.environ.pop(word, None)
        else:
            os.environ[word] = value


put_back(_before)

__all__ = ["cv2", "put_back"]
