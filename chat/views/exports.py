"""Conversations to download. Who took what is on record."""

from collections.abc import AsyncGenerator
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from .. import audit, exports, permissions
from .account import me
from .guard import signed_in

_TYPES = {"md": "text/markdown; charset=utf-8", "json": "application/json"}


@never_cache
@signed_in
@require_GET
def conversation(request: HttpRequest, conversation_id: UUID, form: str) -> StreamingHttpResponse:
    """One conversation: all of it as `json`, the branch that is shown as `md`."""
    if form not in _TYPES:
        raise Http404("Conversations are exported as Markdown and as JSON.")
    person = me(request)
    found = permissions.conversation_for(person, conversation_id)
    audit.record(person, "conversation.export", found.pk, form=form)
    head, now, zone = exports.head(found), timezone.now(), timezone.get_current_timezone()
    if form == "json":
        body = exports.json_of(person.pk, head, now)
    else:
        body = exports.markdown_of(person.pk, head, now, zone)
    return _download(body, _TYPES[form], exports.name_of(head, form, zone))


@never_cache
@signed_in
@require_GET
def everything(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Every conversation of the person's, in one file."""
    person, now, zone = me(request), timezone.now(), timezone.get_current_timezone()
    audit.record(person, "person.export", person.pk)
    account = {"username": person.get_username(), "name": person.get_full_name()}
    day = now.astimezone(zone).strftime("%Y-%m-%d")
    return _download(
        exports.archive_of(person.pk, account, now, zone), "application/zip", f"sluice {day}.zip"
    )


def _download(body: AsyncGenerator[bytes, None], kind: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(body, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
