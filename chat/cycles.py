"""When Python looks for objects that hold each other: nearly nothing here does, and everybody waits for it.

Left alone it looks after each 700 new objects, which at 200 answers was a tenth of all CPU, and now and then at all of them,
for a quarter of a second. An answer that is being written is 500 objects, so that a hundred begun at once are no reason to
look. What would be in a cycle is taken apart where its end is known: requests (chatsite/asgi.py), attempts (generation/attempt.py).
"""

import gc

MANY = 100_000  # new objects: then it looks whoever waits
SOME = 10_000  # new objects that are worth a look when nobody waits
STILL = 500  # new objects between two looks while nothing happens

_before = 0


def seldom() -> None:
    """To be called once everything is loaded, which is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MANY, 10, 10)


def look() -> None:
    """To be called every few seconds: looks where nothing has happened since."""
    global _before
    made = gc.get_count()[0]
    if made > SOME and abs(made - _before) < STILL:
        gc.collect()
    _before = gc.get_count()[0]
