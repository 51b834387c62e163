"""Conversations as files to take away: only what its person sees of them in that moment. And the audit."""

from .audit_lines import audit_of
from .names import name_of
from .rows import Gone, Head, head
from .streams import archive_of, json_of, markdown_of

__all__ = ["Gone", "Head", "archive_of", "audit_of", "head", "json_of", "markdown_of", "name_of"]
