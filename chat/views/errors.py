"""What a request that Django itself refuses is answered with: a sentence that says what to do."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .guard import sentence

TOO_LARGE = "This is more than can be sent at once: a message has at most {most:,} characters. Shorten it or send it in parts."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for a body over the limit, as a page or as the part that a script asked for."""
    if not isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return render(request, "400.html", status=400)
    text = TOO_LARGE.format(most=settings.CHAT_MAX_QUESTION)
    if request.headers.get("HX-Request"):
        return sentence(text, 413)
    return render(request, "400.html", {"error": text}, status=413)
