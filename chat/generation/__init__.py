"""Answers a turn: provider → gate → stream log → candidate → checks → message. No reader is needed for any of it."""

from .attempt import run
from .judgement import recheck, rejudge
from .starting import start, stop_person
from .winding_up import wind_up

__all__ = ["recheck", "rejudge", "run", "start", "stop_person", "wind_up"]
