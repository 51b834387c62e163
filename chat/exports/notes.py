"""What is to be said of an answer beside its text, as its page says it."""

from ..models import Finish
from ..turns.creating import WRITTEN
from .rows import Row

_ENDED = {
    Finish.LENGTH: "The answer reached the longest length the model may write.",
    Finish.STOPPED: "This answer is incomplete.",
    Finish.BROKEN: "This answer is incomplete.",
    Finish.BLOCKED: "This answer is incomplete.",
}


def note(row: Row) -> str:
    """One or two sentences; "" for an answer that is simply whole."""
    if row.running:
        return "This answer was still being written when the conversation was exported."
    if row.state == "held":
        why = "It could not be checked yet. " if row.hold_kind == "unchecked" else ""
        what = "question" if row.question is None and row.kind in WRITTEN else "answer"
        return f"{why}This {what} is not part of the conversation."
    kept = row.answer is not None
    if row.state == "stopped":
        return "Stopped. This answer is incomplete." if kept else "Stopped. Nothing of this answer was kept."
    if row.state == "failed":
        return f"{'Interrupted.' if kept else 'There is no answer.'} {row.sentence}".strip()
    return row.sentence or _ENDED.get(Finish(row.finish) if row.finish else Finish.COMPLETE, "")
