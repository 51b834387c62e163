"""The audit: what people with rights did, to read and to take away. Both are entries of it."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from .. import audit, exports, permissions
from ..audit import heads, reading
from ..audit.words import WORDS
from ..forms import AuditForm
from ..models import AuditEntry
from .account import INVALID
from .guard import signed_in
from .ids import row_id


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as a line. `details` are its data, a name and a text each."""

    entry: AuditEntry
    who: str
    words: str
    details: list[tuple[str, str]]


@never_cache
@signed_in
@require_safe
def audit_page(request: HttpRequest) -> HttpResponse:
    permissions.check_can_view_audit(request.user)
    form = AuditForm(request.GET)
    if not form.is_valid():
        return render(request, "audit/audit.html", _context(form, reading.Selection(), []), status=INVALID)
    selection, before = form.selection(), row_id(request.GET.get("before"))
    found, more = reading.page(selection, before)
    context = _context(form, selection, found)
    asked = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context |= {
        "older": urlencode(asked | {"before": more}) if more else "",
        "newest": urlencode(asked) if before else None,
        "asked": urlencode(asked),
        "chosen": " · ".join(f"{form[name].label.lower()} {value}" for name, value in asked.items()),
    }
    audit.record(request.user, "audit.view", **selection.words(), **({"before": before} if before else {}))
    return render(request, "audit/audit.html", context)


@never_cache
@signed_in
@require_GET
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What is asked for, or all of it, as JSON Lines."""
    permissions.check_can_view_audit(request.user)
    form = AuditForm(request.GET)
    if not form.is_valid():
        return render(request, "audit/audit.html", _context(form, reading.Selection(), []), status=INVALID)
    selection, now = form.selection(), timezone.now()
    audit.record(request.user, "audit.export", **selection.words())
    response = StreamingHttpResponse(exports.audit_of(selection, now), content_type="application/x-ndjson")
    day = timezone.localtime(now).strftime("%Y-%m-%d")
    response["Content-Disposition"] = content_disposition_header(True, f"sluice audit {day}.jsonl") or ""
    return response


def _context(form: AuditForm, selection: reading.Selection, found: list[AuditEntry]) -> dict[str, Any]:
    return {
        "section": "audit",
        "form": form,
        "selected": bool(selection.words()),
        "rows": [_row(entry) for entry in found],
        "head": heads.current(),
        "verified": audit.last_result(),
    }


def _row(entry: AuditEntry) -> Row:
    if entry.actor is not None:
        who = entry.actor.name
    else:
        who = "Somebody" if entry.action == "person.sign_in_refused" else "Sluice"
    return Row(entry, who, WORDS.get(entry.action, entry.action), _details(entry.data))


def _details(data: Any) -> list[tuple[str, str]]:
    if not isinstance(data, dict):
        return [("data", str(data))]
    return [
        (name.replace("_", " "), _text(value)) for name, value in data.items() if value not in ("", [], {})
    ]


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        parts = (f"{name} {_text(item)}" for name, item in value.items() if item not in ("", [], {}))
        return "; ".join(parts)
    return str(value) if isinstance(value, str) else json.dumps(value)
