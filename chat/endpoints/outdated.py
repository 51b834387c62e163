"""Whether what a form was filled in on has been changed since by somebody else."""

import hashlib
import json

from .refused import Refused


def mark(*parts: object) -> str:
    """Another one wherever a part is another; the parts are what JSON can hold."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def check(seen: str, now: str, what: str) -> None:
    """`seen` is the mark that the form came with, and empty where it came with none. Raises Refused."""
    if seen and seen != now:
        raise Refused(
            f"Meanwhile somebody else has changed this {what}. Keep what you have written, reload the page and change it there."
        )
