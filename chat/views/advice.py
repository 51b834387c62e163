"""What an administrator may do about a provider's failure."""

from ..endpoints import health
from ..llm import ProviderError, errors

_LOOK = "Look at the log of the model’s server, or at the provider’s status page; then test again."
_ADVICE: tuple[tuple[type[ProviderError], str], ...] = (
    (errors.Unreachable, "Is the address right, and is the server running? In a container “localhost” is the container "
                         "itself; the machine around it has another name, such as host.docker.internal."),
    (errors.Redirected, "It needs the address of the API itself, which often ends in /v1, not that of a page for people."),
    (errors.KeyRefused, "Paste the key again, whole and without blanks, or make a new one at the provider."),
    (errors.ModelNotFound, "Choose another model from its list."),
    (errors.AddressNotFound, "The path may be wrong: many addresses end in /v1. Is it the right kind of endpoint?"),
    (errors.Misconfigured, "Look at the address and the key under Settings below."),
    (errors.QuotaExceeded, "Look at the account’s credit and limits at the provider."),
    (errors.RateLimited, "Wait a minute, then test again."),
    (errors.Overloaded, "Wait a minute, then test again."),
    (errors.FirstByteTimeout, "The model may still be loading: test again, or allow it more time under Timeouts below."),
    (errors.IdleTimeout, "Test again, or allow longer silences under Timeouts below."),
    (errors.TotalTimeout, "Test again, or allow more time for a whole answer under Timeouts below."),
    (errors.Unreadable, "What answers there may be of another kind: is it the right kind of endpoint?"),
    (errors.RequestRefused, "The model may not take what Sluice asks: try another one from its list."),
)  # fmt: skip


def sentence(error: ProviderError) -> str:
    """What happened, as an administrator reads it."""
    return health.words(type(error)()) or error.sentence


def advice(error: ProviderError) -> str:
    """What to do about it."""
    return next((words for kind, words in _ADVICE if isinstance(error, kind)), _LOOK)
