#!/usr/bin/env python3
"""Everything a developer types: `python3 packaging/dev.py demo` and `python3 packaging/dev.py test` first of all.

Owns the environment in `.venv` (made from `packaging/requirements.lock`, every file's hash checked), the list of
system libraries, and the program as it is installed on a machine. Needs nothing but Python's standard library, so that
it runs on a machine fresh from its installer.
Refuses to guess: what is missing is installed when that is possible, otherwise named in one line that can be copied.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import importlib.util
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ON_WINDOWS = os.name == "nt"
if not ON_WINDOWS:  # on Windows, two set-ups at the same moment are not guarded
    import fcntl

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 14)  # as pyproject.toml says
OLDEST_GLIBC_ON_ARM = (2, 39)  # of Qt's files for ARM; those for x86_64 do with less
ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
BENCHES = PACKAGING / "bench"
SOAKS = PACKAGING / "soak"
LOCK = PACKAGING / "requirements.lock"
RUN_LOCK = PACKAGING / "requirements-run.lock"
UV_LOCK = PACKAGING / "requirements-uv.lock"
LINUX = PACKAGING / "linux"
VENV = ROOT / ".venv"
STAMP = VENV / "doorlight-stamp.json"
GUARD = ROOT / ".venv.lock"
BYTECODE = VENV / "bytecode"
BIN = VENV / ("Scripts" if ON_WINDOWS else "bin")

GRACE_S = 20  # a child that was interrupted may still have a database server to stop
MOST_WORKERS = 4  # beyond this each test process costs more to start (Qt, OpenCV) than it saves


class Need(NamedTuple):
    """A library (as the loader asks for it) or program that this machine must have.

    Of the Debian and Ubuntu packages that hold it, the first that exists is taken: Ubuntu 24.04 renamed some.
    """

    name: str
    packages: tuple[str, ...]


# What Qt, OpenCV and the decoders load. How to find a missing one: CONTRIBUTING.md.
OFFSCREEN = (
    Need("libEGL.so.1", ("libegl1",)),
    Need("libGL.so.1", ("libgl1",)),
    Need("libdbus-1.so.3", ("libdbus-1-3",)),
    Need("libfontconfig.so.1", ("libfontconfig1",)),
    Need("libglib-2.0.so.0", ("libglib2.0-0t64", "libglib2.0-0")),
    Need("libgssapi_krb5.so.2", ("libgssapi-krb5-2",)),  # of QtNetwork; came with Python up to Debian 12
    Need("libxkbcommon.so.0", ("libxkbcommon0",)),
    Need("libpulse.so.0", ("libpulse0",)),
    Need("libXrandr.so.2", ("libxrandr2",)),  # imports work without it, but QtMultimedia's back end does not load
    Need("libzbar.so.0", ("libzbar0t64", "libzbar0")),
)
X11_WINDOW = (
    Need("libxcb-cursor.so.0", ("libxcb-cursor0",)),
    Need("libxcb-icccm.so.4", ("libxcb-icccm4",)),
    Need("libxcb-keysyms.so.1", ("libxcb-keysyms1",)),
    Need("libxcb-shape.so.0", ("libxcb-shape0",)),
    Need("libxcb-xkb.so.1", ("libxcb-xkb1",)),
    Need("libxkbcommon-x11.so.0", ("libxkbcommon-x11-0",)),
)
WAYLAND_WINDOW = (
    Need("libwayland-cursor.so.0", ("libwayland-cursor0",)),
    Need("libwayland-egl.so.1", ("libwayland-egl1",)),
)
VIRTUAL_SCREEN = (
    Need("Xvfb", ("xvfb",)),
    Need("xauth", ("xauth",)),
)


class DevError(Exception):
    """Ends the program with one line for the reader and an exit code for the caller."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def say(text: str) -> None:
    """One line about what happens now, in order with the output of the programs that are run."""
    print(f"dev: {text}", file=sys.stderr, flush=True)


# --- running programs ---------------------------------------------------------------------------------------------


def attempt(command: list[str], env: dict[str, str] | None = None, is_quiet: bool = False) -> int:
    """Run `command` in the project's root to its end and return its exit code (128 + n after signal n)."""
    try:
        # not close_fds: a child that outlives us keeps the set-up's lock until it no longer writes into .venv
        out = subprocess.DEVNULL if is_quiet else None
        child = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, close_fds=False)
    except OSError as err:
        raise DevError(f"cannot start {shlex.join(command)}: {err.strerror}", 127) from err
    try:
        code = child.wait()
    except BaseException as reason:
        if not isinstance(reason, KeyboardInterrupt):  # the terminal has sent Ctrl-C to the child as well
            child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_S)
        child.kill()
        raise
    return code if code >= 0 else 128 - code


def run(command: list[str], env: dict[str, str] | None = None, is_quiet: bool = False) -> None:
    """Run `command` to its end; a `DevError` that names it when its exit code is not 0. Quiet: only errors show."""
    code = attempt(command, env, is_quiet)
    if code:
        raise DevError(f"exit code {code} from: {shlex.join(command)}", code)


def tool(name: str) -> str:
    """The path of a program inside `.venv`."""
    return str(BIN / (f"{name}.exe" if ON_WINDOWS else name))


def environment(**extra: str) -> dict[str, str]:
    """The caller's environment with `extra` wherever the caller says nothing, and the project importable."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**extra, **os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def compiled_once(surroundings: dict[str, str]) -> dict[str, str]:
    """The same, but what Python compiles is kept inside `.venv`, though the caller wants nothing written to the tree.

    Compiling every test and, for each program that a test starts, the whole program takes half of their time.
    """
    kept = {name: value for name, value in surroundings.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": str(BYTECODE), **kept}


# --- system libraries ---------------------------------------------------------------------------------------------


def is_there(name: str) -> bool:
    """Whether the loader (for a library) or the shell (for a program) finds `name`, whoever installed it."""
    if ".so" not in name:
        return shutil.which(name) is not None
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def can_make_venv() -> bool:
    """Debian and Ubuntu ship `venv` without `ensurepip` until python3-venv is installed."""
    return all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))


def missing_needs(needs: tuple[Need, ...]) -> list[Need]:
    """Those of `needs` that this machine lacks; none where the list does not apply."""
    missing = [] if can_make_venv() else [Need("Python's venv module", ("python3-venv",))]
    if platform.system() == "Linux":
        missing += [need for need in needs if not is_there(need.name)]
    return missing


def known_package(alternatives: tuple[str, ...]) -> str:
    """The first of `alternatives` that this machine's package lists know; without lists, the oldest name."""
    for name in alternatives:
        shown = subprocess.run(["apt-cache", "show", name], capture_output=True, check=False)
        if shown.returncode == 0 and shown.stdout:
            return name
    return alternatives[-1]


def satisfy(needs: tuple[Need, ...]) -> None:
    """Return when every one of `needs` is there: install it as root on Debian or Ubuntu, else say what to type."""
    missing = missing_needs(needs)
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise DevError("missing: " + ", ".join(need.name for need in missing) + " (see CONTRIBUTING.md)")
    is_root = os.geteuid() == 0
    apt = ["apt-get", "install", "-y", "--no-install-recommends"] if is_root else ["sudo", "apt-get", "install"]
    if is_root:
        os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
        run(["apt-get", "update", "-qq"])
    packages = sorted({known_package(need.packages) for need in missing})
    line = shlex.join([*apt, *packages])
    if not is_root:
        raise DevError(f"system libraries are missing; please run: {line}")
    say(line)
    run([*apt, "-qq", *packages], is_quiet=True)
    importlib.invalidate_caches()
    still = [need.name for need in missing_needs(needs)]
    if still:
        raise DevError(f"still missing after installing {' '.join(packages)}: {', '.join(still)}")


def needs_of_a_window() -> tuple[Need, ...]:
    """What Qt loads beyond `OFFSCREEN` when it is going to open a window on this machine's screen."""
    platform_plugin = os.environ.get("QT_QPA_PLATFORM", "")
    if os.environ.get("WAYLAND_DISPLAY") and platform_plugin in ("", "wayland"):
        return WAYLAND_WINDOW + X11_WINDOW  # Qt falls back to X11
    return X11_WINDOW if os.environ.get("DISPLAY") and platform_plugin in ("", "xcb") else ()


# --- the environment ----------------------------------------------------------------------------------------------


def wanted_stamp() -> dict[str, str]:
    """What an up-to-date `.venv` was made of. The root is part of it: a moved environment's programs are broken."""
    return {
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "python": f"{platform.python_implementation()} {platform.python_version()} {platform.machine()}",
        "root": str(ROOT),
    }


def found_stamp() -> dict[str, str]:
    """What the present `.venv` was completely made of; empty when there is none or its set-up was interrupted."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def is_ready() -> bool:
    """Whether `.venv` can be used as it is."""
    return found_stamp() == wanted_stamp() and Path(tool("python")).exists()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the set-up's file lock; a second set-up at the same moment waits here and then finds the work done."""
    with GUARD.open("w", encoding="utf-8") as guard:
        os.set_inheritable(guard.fileno(), True)
        if not ON_WINDOWS:
            try:
                fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another set-up is running; waiting for it")
                fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def ensure_environment() -> None:
    """Return with a `.venv` that holds exactly what the lock says. Whatever interrupts this, the next run mends it."""
    if is_ready():
        return
    with alone():
        if is_ready():
            return
        began = time.monotonic()
        was = found_stamp()
        is_usable = {**was, "lock": ""} == {**wanted_stamp(), "lock": ""} and Path(tool("python")).exists()
        STAMP.unlink(missing_ok=True)  # from here to the last line, an interruption means: from the beginning
        if not is_usable:
            say("making .venv")
            base = getattr(sys, "_base_executable", sys.executable)  # never the Python of the .venv being replaced
            run([base, "-m", "venv", "--clear", str(VENV)])
        say("installing what packaging/requirements.lock says (the first time, some 300 MB are fetched)")
        install_locked()
        make_importable()
        STAMP.write_text(json.dumps(wanted_stamp(), indent=1) + "\n", encoding="utf-8")
        if hasattr(os, "sync"):
            os.sync()  # or the first commits of whatever comes next wait seconds behind all these files
        say(f".venv is ready after {time.monotonic() - began:.0f} s")


def install_locked() -> None:
    """Bring `.venv` to the lock's contents: by uv, which also removes what is no longer locked, else by pip."""
    pip = [tool("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    uv = [tool("uv"), "pip", "sync", "--quiet", "--require-hashes", "--python", tool("python")]
    if attempt([*pip, "-r", str(UV_LOCK)]) == 0 and attempt([*uv, str(LOCK)], environment(UV_NO_PROGRESS="1")) == 0:
        return
    say("uv did not do it; trying pip, which is slower")
    run([*pip, "-r", str(LOCK)])


def make_importable() -> None:
    """Let `.venv` import the project from every folder and start it as `.venv/bin/doorlight`, with nothing built."""
    found = subprocess.run(
        [tool("python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        check=True,
        text=True,
    )
    (Path(found.stdout.strip()) / "doorlight.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    if ON_WINDOWS:
        (BIN / "doorlight.cmd").write_text(f'@"{tool("python")}" -P -m app %*\r\n', encoding="utf-8")
        return
    script = BIN / "doorlight"
    # -P: a folder called `app` where the user happens to stand must not be taken for this one
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(tool("python"))} -P -m app "$@"\n', encoding="utf-8")
    script.chmod(0o755)


# --- the installed program ----------------------------------------------------------------------------------------

SHIPPED = ("app", "core", "resources")
MARK = "doorlight-install.json"
UNIT = "doorlight-server.service"
KIOSK_UNIT = "doorlight-kiosk.service"


class Places(NamedTuple):
    """Where the parts of an installed program lie. `units` is None where systemd runs nothing for this account."""

    program: Path
    bin: Path
    share: Path
    units: Path | None

    @property
    def launcher(self) -> Path:
        """What is typed."""
        return self.bin / "doorlight"

    @property
    def entry(self) -> Path:
        """What a desktop's menu shows."""
        return self.share / "applications" / "doorlight.desktop"

    @property
    def kiosk_unit(self) -> Path:
        """What the systemd of an account starts on its desktop: found below every folder of shared data."""
        return self.share / "systemd" / "user" / KIOSK_UNIT

    @property
    def icon(self) -> Path:
        """The picture beside it."""
        return self.share / "icons" / "hicolor" / "scalable" / "apps" / "doorlight.svg"


def places_of(prefix: Path | None) -> Places:
    """Under a prefix; else for the whole machine when root installs, and for one account when somebody else does.

    The program's folder is never the one that holds an account's kiosk or server: it goes when the program does.
    """
    if prefix is not None:
        prefix = prefix.absolute()
        units = prefix / "lib" / "systemd" / "system"
        return Places(prefix / "lib" / "doorlight", prefix / "bin", prefix / "share", units)
    if not ON_WINDOWS and os.geteuid() == 0:
        local = Path("/usr/local")
        return Places(Path("/opt/doorlight"), local / "bin", local / "share", Path("/etc/systemd/system"))
    share = Path.home() / ".local" / "share"
    return Places(share / "doorlight-program", Path.home() / ".local" / "bin", share, None)


def edition() -> str:
    """A name for exactly this program: its run-time lock, its Python and its files."""
    digest = hashlib.sha256(RUN_LOCK.read_bytes() + platform.python_version().encode())
    for path in shipped_files():
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def shipped_files() -> list[Path]:
    """Every file of the program, without what Python made of it."""
    found = (path for name in SHIPPED for path in (ROOT / name).rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path.parts)


def make_edition(folder: Path) -> None:
    """The program in a folder of its own: a copy of its files, an environment with the run-time packages alone."""
    venv = folder / "venv"
    base = getattr(sys, "_base_executable", sys.executable)
    run([base, "-m", "venv", str(venv)])
    python = str(venv / "bin" / "python")
    fill(python)
    for path in shipped_files():
        copy = folder / "program" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    pure = subprocess.run(asked, capture_output=True, check=True, text=True).stdout.strip()
    (Path(pure) / "doorlight.pth").write_text(f"{folder / 'program'}\n", encoding="utf-8")
    run([python, "-m", "compileall", "-q", str(folder / "program")])  # whoever runs it may not write here


def fill(python: str) -> None:
    """The run-time lock's packages into an environment: by uv from a place that is thrown away, else by pip."""
    say("installing what packaging/requirements-run.lock says (some 250 MB are fetched)")
    with tempfile.TemporaryDirectory() as folder:
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        apart = [*pip, "--target", folder, "-r", str(UV_LOCK)]
        sync = [str(Path(folder) / "bin" / "uv"), "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"]
        if (
            attempt(apart) == 0
            and attempt([*sync, "--python", python, str(RUN_LOCK)], environment(UV_NO_PROGRESS="1")) == 0
        ):
            return
        say("uv did not do it; trying pip, which is slower")
        run([*pip, "-r", str(RUN_LOCK)])


def put(path: Path, text: str, mode: int = 0o644) -> None:
    """A whole file in the place of the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(mode)
    fresh.replace(path)


def put_in_place(places: Places, folder: Path) -> None:
    """The launcher of an edition, the desktop's entry with its icon, the units of kiosk and server."""
    python = shlex.quote(str(folder / "venv" / "bin" / "python"))
    put(places.launcher, f'#!/bin/sh\nexec {python} -P -m app "$@"\n', 0o755)
    put(places.icon, (ROOT / "resources" / "icons" / "doorlight.svg").read_text(encoding="utf-8"))
    put(places.entry, filled("doorlight.desktop", places))
    if platform.system() == "Linux":
        put(places.kiosk_unit, filled(KIOSK_UNIT, places))
    if places.units is not None:
        put(places.units / UNIT, filled(UNIT, places))
        tell_systemd(places, ["daemon-reload"])


def filled(name: str, places: Places) -> str:
    """A file of packaging/linux with this machine's paths."""
    text = (LINUX / name).read_text(encoding="utf-8")
    return text.replace("@PROGRAM@", str(places.launcher)).replace("@ICON@", str(places.icon))


def tell_systemd(places: Places, words: list[str]) -> None:
    """Tells the machine's systemd, where it runs and the unit is where it looks."""
    if places.units == Path("/etc/systemd/system") and Path("/run/systemd/system").is_dir():
        attempt(["systemctl", *words])


# --- the commands -------------------------------------------------------------------------------------------------


def setup(options: argparse.Namespace, _rest: list[str]) -> int:
    """Make or update .venv and install missing system libraries, then stop."""
    needs: tuple[Need, ...] = OFFSCREEN
    needs += X11_WINDOW if options.window or options.virtual_screen else needs_of_a_window()
    needs += VIRTUAL_SCREEN if options.virtual_screen else ()
    satisfy(needs)
    ensure_environment()
    return 0


def demo(_options: argparse.Namespace, rest: list[str]) -> int:
    """Show a whole door on this machine; arguments go to `python -m app demo`."""
    satisfy(OFFSCREEN + needs_of_a_window())
    ensure_environment()
    extra = {}
    if platform.system() == "Linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        if "QT_QPA_PLATFORM" not in os.environ:
            say("no screen here: the windows are drawn in memory (QT_QPA_PLATFORM=offscreen)")
        extra["QT_QPA_PLATFORM"] = "offscreen"
    run([tool("python"), "-m", "app", "demo", *rest], environment(**extra))
    return 0


def test(options: argparse.Namespace, rest: list[str]) -> int:
    """Run the tests; arguments go to pytest."""
    satisfy(OFFSCREEN)
    ensure_environment()
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    chosen = ["-m", "not slow"] if options.fast else []
    extra = {"QT_QPA_PLATFORM": "offscreen", **({"HYPOTHESIS_PROFILE": "fast"} if options.fast else {})}
    workers_share = ["-n", str(workers), "--dist", "worksteal"]
    run([tool("python"), "-m", "pytest", *workers_share, *chosen, *rest], compiled_once(environment(**extra)))
    return 0


def check(_options: argparse.Namespace, _rest: list[str]) -> int:
    """Lint, formatting, types and the import rules; every step runs, then all results are listed."""
    satisfy(())
    ensure_environment()
    steps = {
        "lint": [tool("ruff"), "check", "."],
        "format": [tool("ruff"), "format", "--check", "."],
        "types": [tool("mypy")],
        "imports": [tool("lint-imports"), "--no-logo"],
    }
    results = []
    for name, command in steps.items():
        say(shlex.join([Path(command[0]).name, *command[1:]]))
        began = time.monotonic()
        code = attempt(command, environment())
        results.append((name, code, time.monotonic() - began))
    for name, code, took_s in results:
        say(f"{name:<8} {'ok' if code == 0 else f'FAILED ({code})':<12} {took_s:5.1f} s")
    return 1 if any(code for _, code, _ in results) else 0


def bench(options: argparse.Namespace, rest: list[str]) -> int:
    """Run the named programs of packaging/bench; without a name, list them."""
    return run_programs(BENCHES, options.names, rest)


def soak(options: argparse.Namespace, rest: list[str]) -> int:
    """Run the named long searches of packaging/soak (--count N, --seed S); without a name, list them."""
    return run_programs(SOAKS, options.names, rest)


def screenshots(_options: argparse.Namespace, rest: list[str]) -> int:
    """Draw every page of both windows into build/screenshots, with an index.html; arguments go to the program."""
    satisfy(OFFSCREEN)
    ensure_environment()
    run([tool("python"), str(PACKAGING / "screenshots.py"), *rest], environment(QT_QPA_PLATFORM="offscreen"))
    return 0


def run_programs(folder: Path, names: list[str], rest: list[str]) -> int:
    """Run the programs of a folder one after the other, with the same arguments; the first that fails ends it."""
    known = {path.stem: path for path in sorted(folder.glob("*.py")) if "def main(" in path.read_text("utf-8")}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        print("\n".join(known) or f"no {folder.name} programs yet")
        return 2 if unknown else 0
    satisfy(OFFSCREEN)
    ensure_environment()
    for name in names:
        say(f"{folder.name} {name}")
        run([tool("python"), str(known[name]), *rest], environment(QT_QPA_PLATFORM="offscreen"))
    return 0


def install(options: argparse.Namespace, _rest: list[str]) -> int:
    """Put `doorlight` on this machine: run-time packages alone, on PATH, in the desktop's menu, with a systemd unit."""
    if ON_WINDOWS:
        raise DevError("install knows Linux and macOS; on Windows use setup, then .venv\\Scripts\\doorlight.cmd")
    os.umask(0o022)
    satisfy(OFFSCREEN + (X11_WINDOW if platform.system() == "Linux" else ()))
    places = places_of(options.prefix)
    mark = places.program / MARK
    if places.program.exists() and not mark.exists() and any(places.program.iterdir()):
        raise DevError(f"{places.program} holds something else: nothing is installed there")
    places.program.mkdir(parents=True, exist_ok=True)
    mark.touch()
    folder = places.program / edition()
    is_new = not (folder / MARK).exists()
    if is_new:
        shutil.rmtree(folder, ignore_errors=True)
        make_edition(folder)
        (folder / MARK).touch()
    put_in_place(places, folder)
    for other in places.program.iterdir():  # an edition that still runs has its files open, and ends as it wishes
        if other.is_dir() and other != folder:
            shutil.rmtree(other, ignore_errors=True)
    say(f"{'installed' if is_new else 'already there'}: {places.launcher}, program in {folder}")
    if str(places.bin) not in os.environ.get("PATH", "").split(os.pathsep):
        say(f"{places.bin} is not on your PATH: add it, or type {places.launcher}")
    if places.units is not None:
        say("the server as a service: systemctl enable --now doorlight-server (its folder: /var/lib/doorlight)")
    if platform.system() == "Linux":
        say("a door that opens by itself: systemctl --user enable doorlight-kiosk, by the account logged in")
    return 0


def uninstall(options: argparse.Namespace, _rest: list[str]) -> int:
    """Take the program away again; the folders of kiosks and servers stay."""
    places = places_of(options.prefix)
    if not (places.program / MARK).exists():
        raise DevError(f"nothing is installed in {places.program}")
    if places.units is not None and (places.units / UNIT).exists():
        tell_systemd(places, ["disable", "--now", UNIT])
        (places.units / UNIT).unlink()
        tell_systemd(places, ["daemon-reload"])
    for path in (places.launcher, places.entry, places.icon, places.kiosk_unit):
        path.unlink(missing_ok=True)
    shutil.rmtree(places.program)
    say("removed; the folders of kiosks and servers stay (~/.local/share/doorlight, /var/lib/doorlight)")
    return 0


def lock(_options: argparse.Namespace, rest: list[str]) -> int:
    """Work out the lock files again from pyproject.toml; arguments (such as --upgrade) go to `uv pip compile`."""
    satisfy(())
    ensure_environment()
    compiler = [tool("uv"), "pip", "compile", "--universal", "--generate-hashes", "--no-header", "--quiet"]
    wanted = ["--group", "dev", "pyproject.toml", "-o", str(LOCK.relative_to(ROOT))]
    run([*compiler, *wanted, *rest], environment())
    same = ["--constraint", str(LOCK.relative_to(ROOT))]
    run([*compiler, "pyproject.toml", *same, "-o", str(RUN_LOCK.relative_to(ROOT)), *rest], environment())
    run([*compiler, "--group", "setup", "-o", str(UV_LOCK.relative_to(ROOT)), *rest], environment())
    ensure_environment()
    return 0


def parser() -> argparse.ArgumentParser:
    """The sub-commands; what a sub-command does not know itself is left for the program that it runs."""
    top = argparse.ArgumentParser(prog="dev.py", description="Doorlight's set-up, demo, tests and checks.")
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    for action in (demo, test, check, bench, soak, screenshots, lock, setup, install, uninstall):
        sub = commands.add_parser(action.__name__, help=action.__doc__, description=action.__doc__, allow_abbrev=False)
        sub.set_defaults(action=action)
        if action is test:
            sub.add_argument("--fast", action="store_true", help="at most 90 s: leaves out the tests marked slow")
        if action in (bench, soak):
            sub.add_argument("names", nargs="*", metavar="name")
        if action in (install, uninstall):
            sub.add_argument("--prefix", type=Path, metavar="DIR", help="where (default: the machine, or your account)")
        if action is setup:
            sub.add_argument("--window", action="store_true", help="also what a real window needs")
            sub.add_argument("--virtual-screen", action="store_true", help="also a screen in memory (Xvfb)")
    return top


def end_with_children(_number: int, _frame: object) -> None:
    """A request to terminate unwinds like Ctrl-C, so that the running program is ended too."""
    raise SystemExit(128 + signal.SIGTERM)


def unfit() -> str:
    """Why this machine can't run the program, whatever is installed; nothing where it can."""
    if sys.version_info < OLDEST_PYTHON:
        return "Python {}.{} or newer is needed; this is {}".format(*OLDEST_PYTHON, platform.python_version())
    if sys.version_info[:2] > NEWEST_PYTHON:
        said = (
            "Python {}.{} is the newest that this works with; this is {}: call it with an older one, as in python{}.{}"
        )
        return said.format(*NEWEST_PYTHON, platform.python_version(), *NEWEST_PYTHON) + " " + shlex.join(sys.argv)
    library, version = platform.libc_ver()
    is_arm = platform.machine() == "aarch64" and library == "glibc"
    if is_arm and tuple(map(int, version.split(".")[:2])) < OLDEST_GLIBC_ON_ARM:
        return f"on ARM Qt needs glibc 2.39, as Debian 13 and Ubuntu 24.04 have; this is {version}"
    return ""


def main(argv: list[str]) -> int:
    """Do what `argv` says and return the exit code."""
    if why := unfit():
        say(why)
        return 1
    signal.signal(signal.SIGTERM, end_with_children)
    options, rest = parser().parse_known_args(argv)
    if rest and options.command in ("setup", "check", "install", "uninstall"):
        parser().error(f"unknown arguments: {shlex.join(rest)}")
    try:
        return int(options.action(options, rest))
    except DevError as error:
        say(f"{error}")
        return error.code
    except KeyboardInterrupt:
        say("stopped")
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
