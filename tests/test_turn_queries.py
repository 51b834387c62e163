"""How often a turn asks the database: a bound, so that it does not creep up. Fewer is a reason to lower it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat import assistants, conf, conversations, policies, turns
from chat.models import Finish, Turn, bodies
from chat.policies import storing
from tests.factories import PASS, person


class Queries(TestCase):
    def setUp(self) -> None:
        self.browser = Client(headers={"HX-Request": "true"})
        self.browser.force_login(person())
        # What is made once for a process is made now.
        self.addCleanup(storing.forget)
        with self.captureOnCommitCallbacks(execute=True):
            assistants.follow()
            policies.for_turn(person(), None)
        self.turn(uuid4(), None)

    def post(self, conversation: Any, parent: Any) -> Any:
        form = {
            "turn": uuid4(),
            "conversation": conversation,
            "parent": parent or "",
            "kind": "send",
            "text": "Hm?",
        }
        assert self.browser.post(reverse("turn-create"), form).status_code == 200
        return form["turn"]

    def turn(self, conversation: Any, parent: Any) -> list[int]:
        """The counts of POST, events, claim and context, freezing, settling, and the answer's HTML."""
        counts: list[int] = []

        def counted(work: Callable[[], Any]) -> Any:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                result = work()
            counts.append(sum("SAVEPOINT" not in query["sql"] for query in queries))
            return result

        def planned(turn: Turn) -> bool:
            return assistants.plan_of(turn).continues

        def begin() -> Any:
            claim = turns.take(self.id, conf.OWNER, conf.LEASE, continues=planned)
            assert isinstance(claim, turns.Claim)
            turns.context(claim.turn, turns.Budget(60_000))
            return claim

        def settle() -> None:
            assert turns.conclude(frozen, "pass", 1, PASS)
            conversations.entitle(frozen.turn)

        self.id = counted(lambda: self.post(conversation, parent))
        counted(lambda: self.browser.get(reverse("turn-events", args=[self.id])))
        claim = counted(begin)
        body = bodies.compose("An answer.")
        frozen = counted(lambda: turns.freeze(self.id, claim.attempt, Finish.COMPLETE, body))
        counted(settle)
        counted(lambda: self.browser.get(reverse("turn-answer", args=[self.id])))
        assert Turn.objects.get(pk=self.id).status == "saved"
        return counts

    def test_a_first_turn(self) -> None:
        counts = self.turn(uuid4(), None)
        assert all(count <= most for count, most in zip(counts, (14, 3, 4, 3, 8, 5), strict=True)), counts

    def test_one_that_follows_asks_as_often_however_many_there_were(self) -> None:
        conversation = uuid4()
        counts, parent = [], None
        for _ in range(4):
            counts.append(self.turn(conversation, parent))
            parent = self.id
        assert counts[3] == counts[2], counts
        assert all(count <= most for count, most in zip(counts[3], (14, 3, 6, 3, 8, 5), strict=True)), counts
