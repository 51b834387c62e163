"""Every number Sluice tells its operator, named once (Prometheus: https://prometheus.io/docs/practices/naming/).

No label ever carries a name, an id or a text, so the number of series is bounded.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

# Without it every counter is told twice, the second time as the moment it began.
disable_created_metrics()

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)

turns_started = Counter("sluice_turns_started_total", "Turns begun", ["kind"], registry=registry)
turns_ended = Counter("sluice_turns_ended_total", "Turns ended", ["status"], registry=registry)
turns_recovered = Counter(
    "sluice_turns_recovered_total", "Turns taken up again after another attempt", registry=registry
)
questions_refused = Counter(
    "sluice_questions_refused_total",
    "Questions not taken for what a rule found in them",
    ["rule"],
    registry=registry,
)
turns_held = Counter("sluice_turns_held_total", "Answers held, by why", ["kind"], registry=registry)
answers_restarted = Counter(
    "sluice_answers_restarted_total",
    "Answers whose readers saw them begin again, by why",
    ["after"],
    registry=registry,
)
answers_continued = Counter(
    "sluice_answers_continued_total", "Answers that went on where they were", ["after"], registry=registry
)
turns_running = Gauge("sluice_turns_running", "Turns this process is generating", registry=registry)
turns_waiting = Gauge("sluice_turns_waiting", "Turns in line for this process", registry=registry)
readers = Gauge(
    "sluice_stream_readers", "Open streams of turns in this process", ["route"], registry=registry
)
resumes = Counter(
    "sluice_stream_resumes_total",
    "Readers who came with a part of the text",
    ["route", "outcome"],
    registry=registry,
)
first_text = Histogram(
    "sluice_first_text_seconds",
    "From the POST to the first text",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=registry,
)
first_text_added = Histogram(
    "sluice_first_text_added_seconds",
    "From the POST to the first text, without the time for which the provider was waited for",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)
answer = Histogram(
    "sluice_answer_seconds",
    "From the POST to the end of the answer",
    buckets=(1, 2.5, 5, 10, 20, 40, 80, 160, 320, 900),
    registry=registry,
)
log_write_seconds = Histogram(
    "sluice_log_write_seconds",
    "How long the stream log took to acknowledge what had gathered",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
    registry=registry,
)
log_read_seconds = Histogram(
    "sluice_log_read_seconds",
    "From the news that a log in Redis has changed to its readers here",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    registry=registry,
)
log_trouble = Gauge(
    "sluice_log_trouble_seconds",
    "For how long the stream log has not worked; 0 while it does",
    registry=registry,
)
provider_errors = Counter(
    "sluice_provider_errors_total", "Answers ended by a failure of the provider", ["kind"], registry=registry
)
checks = Counter("sluice_checks_total", "Judgements of checkers", ["checker", "outcome"], registry=registry)
check_seconds = Histogram(
    "sluice_check_seconds",
    "How long a checker took",
    ["checker"],
    buckets=(0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10),
    registry=registry,
)
checkers_open = Gauge(
    "sluice_checkers_open",
    "Classifiers that this process leaves alone since they do not answer",
    registry=registry,
)
checkers_failing = Gauge(
    "sluice_checkers_failing", "Classifiers in use that judge a known text wrongly", registry=registry
)
proofs = Counter("sluice_checker_proofs_total", "Proofs of classifiers", ["outcome"], registry=registry)
cases_open = Gauge("sluice_cases_open", "Held answers waiting for a reviewer", registry=registry)
decisions = Counter("sluice_decisions_total", "Decisions of reviewers", ["action"], registry=registry)
sign_ins = Counter("sluice_sign_ins_total", "Attempts to sign in", ["outcome"], registry=registry)
throttled = Counter(
    "sluice_throttled_total", "Attempts refused for their number", ["purpose"], registry=registry
)
audit_findings = Gauge(
    "sluice_audit_findings",
    "What the last verification of the audit found wrong, and heads that do not fit",
    registry=registry,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition() -> bytes:
    """All of it in Prometheus' text format, whose content type is `CONTENT_TYPE`."""
    return generate_latest(registry)
