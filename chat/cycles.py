"""When Python looks for objects that hold each other: nearly nothing here does, and everybody waits for it.

Left alone it looks after each 700 new objects, which at 200 answers was a tenth of all CPU, and now and then at all of them,
for a quarter of a second. What would be in a cycle is taken apart where its end is known: requests (chatsite/asgi.py), attempts
(generation/attempt.py). So the new ones are seldom looked at, few at a time, the others hardly ever, and all when nothing happens.
"""

import gc
import time

# New objects, and looks at these, after which it looks whoever waits: 10 ms for what twenty turns that begin are made of.
MANY, YOUNG, OLD = 10_000, 50, 20
SOME = 2_000  # new objects that are worth a look when nobody waits
STILL = 0.03  # of a processor: less was used since the last look where nobody waits

# The clock at the last look, and seconds of processors until then; None: Python is left to itself.
_before: tuple[float, float] | None = None


def seldom() -> None:
    """To be called once everything is loaded, which is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MANY, YOUNG, OLD)
    global _before
    _before = _now()


def look() -> None:
    """To be called every few seconds: looks where hardly anything has happened since."""
    global _before
    if _before is None:
        return
    (then, spent), (now, more) = _before, _now()
    if _made() > SOME and more - spent < STILL * (now - then):
        gc.collect()
    _before = _now()


def _now() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def _made() -> int:
    """About how many new objects there are since it last looked at all."""
    new, young, old = gc.get_count()
    return new + MANY * (young + YOUNG * old)
