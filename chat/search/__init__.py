"""Looking for words in a person's own conversations."""

from .looking import EACH, PAGE, Found, Hit, Results, look
from .places import Place
from .words import MOST, Part

__all__ = ["EACH", "MOST", "PAGE", "Found", "Hit", "Part", "Place", "Results", "look"]
