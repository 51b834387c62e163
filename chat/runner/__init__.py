"""Where turns are answered: in this process (`local`)."""

from .local import LocalRunner

__all__ = ["LocalRunner"]
