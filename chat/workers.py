"""The worker processes that take turns from procrastinate's queue, as its tables in PostgreSQL know them."""

from django.db import connection

from .runner.queue import DEAD, FORGET

_ALIVE = "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - %s * interval '1 second')"
_GONE = "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - %s * interval '1 second'"
# A job is only the word that a turn waits: what has become of the turn is in its row, where the sweep finds it.
_LEFT = """
DELETE FROM procrastinate_jobs AS job WHERE job.status <> 'todo' AND (
    NOT EXISTS (
        SELECT FROM procrastinate_workers AS worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat > now() - %s * interval '1 second'
    )
    OR EXISTS (
        SELECT FROM chat_turn AS turn
        WHERE turn.id = (job.args ->> 'turn')::uuid AND turn.ended_at < now() - %s * interval '1 second'
    )
)
"""
_LATE = 20.0  # seconds after a turn's end in which its worker may yet take the job away itself


def problem() -> str:
    """For readiness: that nobody would answer a turn, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_ALIVE, [DEAD])
        alive = cursor.fetchone()[0]
    return "" if alive else "no worker is running, so no turn would be answered; start one: manage.py worker"


def tidy() -> None:
    """Drop what dead workers have left in the queue, and the workers themselves when nobody expects them back."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [DEAD, _LATE])
        cursor.execute(_GONE, [FORGET])
