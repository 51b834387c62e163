"""Scripts and style sheets, gathered and compressed once: uncompressed the chat page's are about three times as long."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from . import exclusive


def gather(say: Callable[[str, str], None]) -> None:
    """Fill STATIC_ROOT afresh when a file has changed since it was filled last."""
    with exclusive.folder(settings.DATA_DIR):
        _gather(Path(settings.STATIC_ROOT), say)


def _gather(root: Path, say: Callable[[str, str], None]) -> None:
    stamp = root / ".gathered"
    wanted = _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    say("Static files", f"compressed into {root}")
    call_command("collectstatic", clear=True, interactive=False, verbosity=0)
    stamp.write_text(wanted, encoding="ascii")


def _fingerprint() -> str:
    return hashlib.sha256("\n".join(sorted(_files())).encode()).hexdigest()


def _files() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            yield f"{name} {state.st_size} {state.st_mtime_ns}"
