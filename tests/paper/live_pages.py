"""A live page taken apart, and its scripts run in node, as a browser would run them."""

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed: the page's scripts are not run")


@dataclass
class Page(HTMLParser):
    """What a browser makes of a page: its elements, its texts, its scripts and its data."""

    source: str
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    data: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._inside = ""
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = "data" if dict(attrs).get("type") == "application/json" else tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        match self._inside:
            case "script":
                self.scripts.append(data)
            case "data":
                self.data += data
            case "style":
                self.styles.append(data)
            case _:
                self.texts.append(data)

    @property
    def policy(self) -> str:
        """The Content Security Policy."""
        (policy,) = [a["content"] for _, a in self.elements if a.get("http-equiv") == "Content-Security-Policy"]
        assert policy is not None
        return policy


def in_node(*sources: str, returns: str) -> object:
    """The value of an expression after the scripts, by way of JSON."""
    assert NODE is not None
    program = "\n".join([*sources, f"process.stdout.write(JSON.stringify({returns}));"])
    done = subprocess.run([NODE, "-"], input=program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


BROWSER = """
const elements = new Map();
const element = (id) => {
  if (!elements.has(id)) {
    const setAttribute = function (name, value) { this.attributes[name] = value; };
    elements.set(id, { style: {}, attributes: {}, textContent: "", setAttribute });
  }
  return elements.get(id);
};
const heard = {};
const listen = (name, act) => { heard[name] = act; };
const classes = new Set();
let ticking = null;
let nowMs = START_MS;
let locks = 0;
Date.now = () => nowMs;
globalThis.document = {
  getElementById: element, addEventListener: listen, visibilityState: "visible", body: { classList: classes },
};
globalThis.window = { addEventListener: listen };
Object.defineProperty(globalThis, "navigator", {
  value: { wakeLock: { request: async () => { locks += 1; return { released: false }; } } }, configurable: true,
});
globalThis.setInterval = (act) => { ticking = act; };
const tickAt = (ms) => { nowMs = ms; ticking(); return element("modules").attributes.d; };
"""
"""As much of a browser as the page touches, with a clock that stands still until `tickAt`."""


def browser(page: Page, start_ms: int) -> list[str]:
    """Scripts that open a page in that browser at a moment."""
    data = json.dumps(page.data)  # a JSON string is a JavaScript one
    opened = BROWSER.replace("START_MS", str(start_ms)) + f"element('ticket').textContent = {data};"
    return [opened, *page.scripts]
