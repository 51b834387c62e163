"""
ProviderError
├── Unreachable        no connection
├── Misconfigured      the address, key or protocol cannot be used
├── Redirected         something answered that is not the model
├── KeyRefused         401, 403
├── ModelNotFound      404 with a word about the model
├── AddressNotFound    404
├── QuotaExceeded      402, or a 429 that waiting does not cure
├── RateLimited        429
├── ContextTooLong     the conversation does not fit
├── RequestBlocked     the provider's own filter refused the question
├── RequestRefused     any other 4xx
├── Overloaded         503, 529
├── ServerFault        any other 5xx, and an error inside an answer
├── FirstByteTimeout, IdleTimeout, TotalTimeout
├── ConnectionLost     ended in the middle
├── NoAnswer           ended before it began
├── Unreadable         not in the protocol's format
└── TooLarge           past our limit
"""

from .scrubbing import scrub

OPERATOR = "the person who runs this chat"


class ProviderError(Exception):
    """A provider failed. Made for showing and for logging; holds no key once `seal`ed.

    sentence       for the person in front of the page: what happened and what to do
    detail         for the operator: status, phase, codes; none of the provider's free text
    provider_text  the provider's own words, one line of at most 200 characters, or ""
    words          the same at up to 5,000 characters, for judging before anybody sees a part of them
    retryable      asking again can help
    status         HTTP status, or None
    wait           seconds the provider asks us to wait, or None
    after_end      it came after the word that the answer had ended: there is no rest to ask for
    """

    sentence = "The model's server could not answer. Please try again."
    retryable = True

    def __init__(self, detail: str = "", *, provider_text: str = "", status: int | None = None) -> None:
        self.detail = detail
        # Shortened between words: half a key at the end would not be known for one when sealing.
        self.provider_text = (
            provider_text if len(provider_text) <= 5000 else provider_text[:5000].rpartition(" ")[0]
        )
        self.words = self.provider_text
        self.status = status
        self.wait: float | None = None
        self.after_end = False
        super().__init__(detail)

    def seal(self, key: str | None) -> None:
        """Take every trace of `key`, and of whatever looks like a key, out of the texts; cut them."""
        self.words = scrub(self.provider_text, key)
        self.provider_text = _cut(self.words, 200)
        self.detail = _cut(scrub(self.detail, key), 500)
        self.args = (self.detail,)


class Unreachable(ProviderError):
    sentence = (
        "The model's server could not be reached. Please try again in a moment; "
        f"if it stays like this, tell {OPERATOR} that it does not answer."
    )


class Misconfigured(ProviderError):
    sentence = f"The connection to the model is not set up correctly. Please tell {OPERATOR}: its settings need a look."
    retryable = False


class Redirected(Misconfigured):
    sentence = (
        "Instead of an answer, the model's address sent a redirect to another page, such as a sign-in. "
        f"Please ask {OPERATOR} to check the address."
    )


class KeyRefused(ProviderError):
    sentence = f"The model's provider refused this chat access. Please ask {OPERATOR} to check its key and what the key may do."
    retryable = False


class ModelNotFound(ProviderError):
    sentence = f"The provider has no model of the name this chat asks for. Please ask {OPERATOR} to choose another model."
    retryable = False


class AddressNotFound(ProviderError):
    sentence = f"Nothing answers at the model's address. Please ask {OPERATOR} to check the address."
    retryable = False


class QuotaExceeded(ProviderError):
    sentence = f"The account with the model's provider is used up. Please ask {OPERATOR} to check its credit or limits."
    retryable = False


class RateLimited(ProviderError):
    sentence = (
        "The model's provider is getting too many requests right now. Please wait a minute, then try again."
    )


class ContextTooLong(ProviderError):
    sentence = (
        "This conversation has become too long for the model. "
        "Please start a new conversation, or send a shorter message."
    )
    retryable = False


class RequestBlocked(ProviderError):
    sentence = "The model's provider declined to answer this message. Please put it in other words."
    retryable = False


class RequestRefused(ProviderError):
    sentence = (
        f"The model's provider did not accept the request. If it happens again, please tell {OPERATOR}."
    )
    retryable = False


class Overloaded(ProviderError):
    sentence = "The model is overloaded at the moment. Please try again in a minute."


class ServerFault(ProviderError):
    sentence = (
        f"The model's server reported a fault. Please try again; if it stays like this, tell {OPERATOR}."
    )


class FirstByteTimeout(ProviderError):
    sentence = (
        "The model did not begin to answer in time (timeout). Please try again; a shorter message may help."
    )


class IdleTimeout(ProviderError):
    sentence = "The model went silent while its answer was incomplete (timeout). Please try again."


class TotalTimeout(ProviderError):
    sentence = (
        "The model took longer than allowed and was ended while its answer was incomplete (timeout). "
        "Please try again."
    )


class ConnectionLost(ProviderError):
    sentence = "The connection to the model was lost while its answer was incomplete. Please try again."


class NoAnswer(ProviderError):
    sentence = f"The model's server ended without answering. Please try again; if it stays like this, tell {OPERATOR}."


class Unreadable(ProviderError):
    sentence = (
        "The model's server sent something in an unexpected format that could not be read. "
        f"Please try again; if it stays like this, tell {OPERATOR}."
    )


class TooLarge(ProviderError):
    sentence = (
        "The answer grew larger than allowed and was ended while it was incomplete. "
        "Please ask for a shorter one."
    )


def _cut(text: str, length: int) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= length else line[: length - 1] + "…"
