"""The database's own rules: every way around them that raw SQL offers, on the database the tests run on."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, migrations, models, transaction
from django.db.migrations.state import ProjectState
from django.test import TestCase, TransactionTestCase

from chat import assistants, policies, reviews, turns
from chat.models import (
    Candidate,
    Case,
    CaseEntry,
    CheckResult,
    Decision,
    Kind,
    Message,
    Role,
    Status,
    Turn,
    Verdict,
    bodies,
    guards,
)
from chat.models.guards import rules
from tests.factories import FLAG, PASS, RULES_ONLY, answered, begun, frozen, held, new_turn, person

POSTGRESQL = connection.vendor == "postgresql"


def run(sql: str, *parameters: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


class Refusing(TestCase):
    def refused(self, sql: str, *parameters: Any, because: str = "guard:") -> None:
        if POSTGRESQL:
            # Foreign keys waiting for the commit would refuse a TRUNCATE before its guard can.
            run("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match=because):
            run(sql, *parameters)


class AnAssistantMessage(Refusing):
    INSERT = (
        "INSERT INTO chat_message (turn_id, role, body, salt, digest, finish, created_at, erased_at) "
        "SELECT turn_id, %s, %s, %s, %s, finish, frozen_at, NULL FROM chat_candidate WHERE turn_id = %s"
    )

    def setUp(self) -> None:
        self.frozen = frozen()
        self.candidate = Candidate.objects.get(turn=self.frozen.turn)
        self.id = self.candidate.turn_id if POSTGRESQL else self.candidate.turn_id.hex

    def insert(self, role: str = "assistant", **change: str) -> tuple[str, list[Any]]:
        row = {
            "body": self.candidate.body,
            "salt": self.candidate.salt,
            "digest": self.candidate.digest,
        } | change
        return self.INSERT, [role, row["body"], row["salt"], row["digest"], self.id]

    def judged(self, outcome: str, results: list[dict[str, Any]], number: int = 1) -> None:
        common = {"turn": self.frozen.turn, "digest": self.candidate.digest, "round": number}
        for row in results:
            CheckResult.objects.create(**common, **row)
        Verdict.objects.create(**common, outcome=outcome, required=1, policy=self.frozen.turn.policy)

    def test_is_stored_with_a_pass_over_its_own_bytes(self) -> None:
        self.judged("pass", PASS)
        sql, values = self.insert()
        assert run(sql, *values) == 1

    def test_is_refused_without_a_verdict(self) -> None:
        sql, values = self.insert()
        self.refused(sql, *values, because="needs a passing verdict")

    def test_is_refused_under_another_role_that_is_not_the_users(self) -> None:
        sql, values = self.insert(role="Assistant")
        self.refused(sql, *values, because="needs a passing verdict")

    def test_is_refused_when_flagged_or_unchecked(self) -> None:
        self.judged("flagged", FLAG)
        sql, values = self.insert()
        self.refused(sql, *values, because="needs a passing verdict")

    def test_is_refused_when_the_last_round_did_not_pass(self) -> None:
        self.judged("pass", PASS)
        self.judged("flagged", FLAG, number=2)
        sql, values = self.insert()
        self.refused(sql, *values, because="needs a passing verdict")

    def test_is_refused_with_other_bytes_under_the_passed_digest(self) -> None:
        self.judged("pass", PASS)
        sql, values = self.insert(body=bodies.compose("Something else."))
        self.refused(sql, *values, because="digest")
        sql, values = self.insert(salt="00" * 16)
        self.refused(sql, *values, because="digest")

    def test_is_refused_with_characters_moved_over_the_border_of_salt_and_body(self) -> None:
        self.judged("pass", PASS)
        salt, body = self.candidate.salt, self.candidate.body
        for moved in (salt + body[:20], body[20:]), (salt[:-3], salt[-3:] + body):
            sql, values = self.insert(salt=moved[0], body=moved[1])
            self.refused(sql, *values, because="digest")

    def test_is_refused_with_other_bytes_and_their_own_digest(self) -> None:
        self.judged("pass", PASS)
        body = bodies.compose("Something else.")
        sql, values = self.insert(body=body, digest=bodies.digest(self.candidate.salt, body))
        self.refused(sql, *values, because="needs a passing verdict")

    def test_is_refused_with_the_verdict_of_another_turn(self) -> None:
        self.judged("pass", PASS)
        other = frozen()
        sql, values = self.insert()
        values[-1] = other.turn.pk if POSTGRESQL else other.turn.pk.hex
        self.refused(sql, *values, because="needs a passing verdict")

    def test_is_refused_with_an_upsert_or_a_replace(self) -> None:
        sql, values = self.insert()
        on = " ON CONFLICT (turn_id, role) DO UPDATE SET body = excluded.body"
        self.refused(sql.replace("WHERE", "WHERE 1=1 AND") + on, *values)
        if not POSTGRESQL:
            self.refused(sql.replace("INSERT INTO", "INSERT OR REPLACE INTO"), *values)

    def test_is_stored_with_a_reviewers_release_and_not_after_an_uphold(self) -> None:
        self.judged("flagged", FLAG)
        case = Case.objects.create(turn=self.frozen.turn, kind="flagged", reference="TESTTEST")
        common = {
            "case": case, "turn": self.frozen.turn, "digest": self.candidate.digest, "reviewer": person("rev"),
        }  # fmt: skip
        Decision.objects.create(**common, action="release", reason="harmless")
        Decision.objects.create(**common, action="uphold", reason="it was not")
        sql, values = self.insert()
        self.refused(sql, *values, because="needs a passing verdict")
        Decision.objects.create(**common, action="release", reason="it was after all")
        assert run(sql, *values) == 1


class AQuestion(Refusing):
    """What a person wrote, where the policy has it judged."""

    INSERT = (
        "INSERT INTO chat_message (turn_id, role, body, salt, digest, finish, created_at, erased_at) "
        "SELECT turn_id, role, body, salt, digest, finish, frozen_at, NULL FROM chat_candidate WHERE turn_id = %s"
    )

    def setUp(self) -> None:
        self.policy = policies.current(RULES_ONLY | {"input": [{"kind": "judge"}, {"kind": "moderations"}]})

    def waiting(self, kind: Kind = Kind.SEND) -> Any:
        turn = begun(new=new_turn(kind=kind), policy=self.policy)
        claim = turns.claim(turn.pk, "test", 10)
        assert claim is not None
        found = turns.question_to_judge(claim.turn)
        assert found is not None
        return found

    def insert(self, waiting: Any) -> tuple[str, Any]:
        return self.INSERT, waiting.turn.pk if POSTGRESQL else waiting.turn.pk.hex

    def test_is_refused_before_it_has_passed(self) -> None:
        for waiting in self.waiting(), self.waiting(Kind.RETRY):
            self.refused(*self.insert(waiting), because="needs a passing verdict")

    def test_is_stored_with_a_pass_of_every_checker_of_questions(self) -> None:
        waiting = self.waiting()
        passed = [{"checker": "judge", "outcome": "pass"}, {"checker": "moderations", "outcome": "pass"}]
        with (
            pytest.raises(DatabaseError, match="needs a passing result of every checker"),
            transaction.atomic(),
        ):
            turns.conclude_question(waiting, "pass", 1, passed[:1])
        assert turns.conclude_question(waiting, "pass", 2, passed)
        assert Message.objects.filter(turn=waiting.turn, role=Role.USER).exists()

    def test_a_release_of_it_lets_it_be_answered_and_its_answer_needs_its_own_pass(self) -> None:
        waiting = self.waiting()
        assert turns.conclude_question(waiting, "flagged", 2, [FLAG[0] | {"checker": "judge"}])
        turn = Turn.objects.get(pk=waiting.turn.pk)
        self.refused(*self.insert(waiting), because="needs a passing verdict")
        reviewer = person("rev", is_staff=True, is_superuser=True)
        assert reviews.decide(reviewer, turn.case.pk, "release", "harmless", 0)
        assert Turn.objects.get(pk=turn.pk).status == Status.ACCEPTED
        answer = frozen(turn)
        with (
            pytest.raises(DatabaseError, match="needs a passing result of every checker"),
            transaction.atomic(),
        ):
            turns.conclude(answer, "pass", 2, [{"checker": "judge", "outcome": "pass"}, *PASS])
        assert turns.conclude(answer, "pass", 1, PASS)

    def test_needs_none_where_the_policy_does_not_judge_it(self) -> None:
        turn = begun()
        assert Message.objects.filter(turn=turn, role=Role.USER).exists()
        assert not Candidate.objects.filter(turn=turn).exists()


class AStoredMessage(Refusing):
    def setUp(self) -> None:
        self.turn = answered()
        self.message = Message.objects.get(turn=self.turn, role=Role.ASSISTANT)

    def test_is_not_altered(self) -> None:
        for column in (
            "body = 'x'",
            "salt = 'x'",
            "digest = 'x'",
            "role = 'user'",
            "finish = 'length'",
            "id = id + 9",
        ):
            self.refused(f"UPDATE chat_message SET {column} WHERE id = %s", self.message.pk)
        self.refused("UPDATE chat_message SET body = '', salt = '' WHERE id = %s", self.message.pk)
        self.refused("UPDATE chat_message SET erased_at = created_at WHERE id = %s", self.message.pk)

    def test_is_erased_once_and_for_good(self) -> None:
        erase = "UPDATE chat_message SET body = '', salt = '', erased_at = created_at WHERE id = %s"
        assert run(erase, self.message.pk) == 1
        self.refused(erase, self.message.pk)
        self.refused("UPDATE chat_message SET erased_at = NULL WHERE id = %s", self.message.pk)

    def test_is_not_deleted_replaced_or_truncated(self) -> None:
        self.refused("DELETE FROM chat_message WHERE id = %s", self.message.pk)
        if POSTGRESQL:
            self.refused("TRUNCATE chat_message CASCADE")
            self.refused("DELETE FROM chat_turn")
            return
        columns = "id, turn_id, role, body, salt, digest, finish, created_at, erased_at"
        self.refused(
            f"REPLACE INTO chat_message ({columns}) SELECT id, turn_id, role, body, salt, digest, 'length', "
            "created_at, NULL FROM chat_message WHERE id = %s",
            self.message.pk,
        )


class RecordsOfJudging(Refusing):
    TABLES = (
        "chat_verdict",
        "chat_checkresult",
        "chat_decision",
        "chat_exposure",
        "chat_auditentry",
        "chat_policyversion",
        "chat_policychange",
        "chat_assistantversion",
    )

    def setUp(self) -> None:
        self.turn = held()
        case = Case.objects.get(turn=self.turn)
        candidate = Candidate.objects.get(turn=self.turn)
        Decision.objects.create(
            case=case,
            turn=self.turn,
            digest=candidate.digest,
            reviewer=person("rev"),
            action="uphold",
            reason="yes",
        )
        apps.get_model("chat", "AuditEntry").objects.create(action="case.view")
        assistants.follow()
        policies.follow()
        apps.get_model("chat", "Exposure").objects.create(
            turn=self.turn, epoch=1, route="sse", at=self.turn.created_at
        )

    def test_accept_no_update_no_delete_and_no_truncate(self) -> None:
        for table in self.TABLES:
            assert run(f"SELECT 1 FROM {table}") != 0, f"{table} is empty, its guards could not fail"
            self.refused(f"UPDATE {table} SET id = id + 1000")
            self.refused(f"DELETE FROM {table}")
            if POSTGRESQL:
                self.refused(f"TRUNCATE {table} CASCADE")

    def test_are_not_replaced(self) -> None:
        if POSTGRESQL:
            self.refused(
                "INSERT INTO chat_verdict SELECT * FROM chat_verdict ON CONFLICT (id) DO UPDATE SET required = 9"
            )
            return
        for table in self.TABLES:
            self.refused(f"REPLACE INTO {table} SELECT * FROM {table}")
        run("PRAGMA recursive_triggers = OFF")
        try:
            for table in self.TABLES:
                self.refused(f"REPLACE INTO {table} SELECT * FROM {table}")
        finally:
            run("PRAGMA recursive_triggers = ON")

    def test_a_pass_has_to_be_earned(self) -> None:
        waiting = frozen()
        common = {"turn": waiting.turn, "digest": waiting.digest, "round": 1}
        verdict = {**common, "outcome": "pass", "policy": waiting.turn.policy}
        for required in (0, 1):
            with pytest.raises(DatabaseError, match="guard:"), transaction.atomic():
                Verdict.objects.create(**verdict, required=required)
        CheckResult.objects.create(**common, **PASS[0])
        two = policies.current({"mode": "post", "checkers": [{"kind": "rules"}, {"kind": "endpoint"}]})
        for change in ({"required": 2}, {"required": 1, "policy": two}):
            with pytest.raises(DatabaseError, match="guard:"), transaction.atomic():
                Verdict.objects.create(**(verdict | change))
        strict = frozen(begun(policy=two))
        own = {"turn": strict.turn, "digest": strict.digest, "round": 1}
        CheckResult.objects.create(**own, **PASS[0])
        with pytest.raises(DatabaseError, match="guard:"), transaction.atomic():
            Verdict.objects.create(**own, outcome="pass", required=1, policy=two)
        CheckResult.objects.create(**common, checker="other", outcome="error")
        with pytest.raises(DatabaseError, match="guard:"), transaction.atomic():
            Verdict.objects.create(**verdict, required=1)

    def test_a_decision_needs_a_reason_and_an_active_reviewer(self) -> None:
        case, candidate = Case.objects.get(turn=self.turn), Candidate.objects.get(turn=self.turn)
        good = {
            "case": case, "turn": self.turn, "digest": candidate.digest, "reviewer": person("rev"),
            "action": "release", "reason": "fine",
        }  # fmt: skip
        closed = person("closed", is_active=False)
        for change in (
            {"reason": "  "},
            {"digest": "0" * 64},
            {"reviewer": closed},
            {"turn": answered()},
            {"action": "x"},
        ):
            with pytest.raises(DatabaseError, match="guard:"), transaction.atomic():
                Decision.objects.create(**(good | change))
        Decision.objects.create(**good)

    def test_a_candidate_is_what_its_digest_says_and_is_never_altered(self) -> None:
        candidate = Candidate.objects.get(turn=self.turn)
        self.refused("UPDATE chat_candidate SET body = 'x' WHERE id = %s", candidate.pk)
        if not POSTGRESQL:
            self.refused("REPLACE INTO chat_candidate SELECT * FROM chat_candidate")
        with pytest.raises(DatabaseError, match="guard:"), transaction.atomic():
            Candidate.objects.create(
                turn=answered(), attempt=1, role="assistant", body="x", salt="y", digest="0" * 64
            )


class AnErasure(TestCase):
    def test_changes_what_it_is_for_and_every_other_column_stays(self) -> None:
        """A column that somebody adds to one of these tables has to be named among those that stay."""
        changed = {
            "chat_message": {"body", "salt", "erased_at"},
            "chat_checkresult": {"detail"},
            "chat_decision": {"reason"},
            "chat_caseentry": {"words"},
        }
        assert rules.ERASURES.keys() == changed.keys()
        for model in (Message, CheckResult, Decision, CaseEntry):
            table = model._meta.db_table
            columns = {field.column for field in model._meta.concrete_fields}
            assert set(rules.ERASURES[table][1]) == columns - changed[table]


class TheGuards(TransactionTestCase):
    def test_are_missed_when_one_is_gone_or_changed(self) -> None:
        assert guards.missing() == []
        names = ["guard_chat_message_passed", "guard_chat_verdict_delete"]
        for name in names:
            table = "chat_message" if "message" in name else "chat_verdict"
            if POSTGRESQL:
                run(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
            else:
                run(f"DROP TRIGGER {name}")
        assert sorted(guards.missing()) == names
        with pytest.raises(guards.GuardsMissing, match="migrate"):
            guards.require()
        guards.install()
        guards.require()

    def test_stand_on_the_tables_that_a_migration_backwards_has_left(self) -> None:
        with transaction.atomic():
            guards.drop()
            run("DROP TABLE chat_caseentry")
            guards.install()
            absent = guards.missing()
            transaction.set_rollback(True)
        assert absent
        assert all(name.startswith("guard_chat_caseentry_") for name in absent)
        assert guards.missing() == []

    @pytest.mark.slow
    def test_survive_a_migration_that_alters_the_tables_they_stand_on(self) -> None:
        turn = answered()
        state = ProjectState.from_apps(apps)
        add = migrations.AddField("message", "extra", models.CharField(max_length=5, default=""))
        alter = migrations.AlterField("verdict", "outcome", models.CharField(max_length=30))
        guards.drop()
        try:
            after = state
            for operation in (add, alter):
                before, after = after, after.clone()
                operation.state_forwards("chat", after)
                with connection.schema_editor() as editor:
                    operation.database_forwards("chat", editor, before, after)
            with connection.schema_editor() as editor:
                back = after.clone()
                migrations.RemoveField("message", "extra").state_forwards("chat", back)
                migrations.RemoveField("message", "extra").database_forwards("chat", editor, after, back)
        finally:
            call_command("migrate", verbosity=0)  # its end is what installs them
        assert guards.missing() == []
        with pytest.raises(DatabaseError, match="guard:"):
            run("DELETE FROM chat_message WHERE turn_id = %s", turn.pk if POSTGRESQL else turn.pk.hex)

    def test_release_writes_the_message_only_with_its_decision(self) -> None:
        turn = held()
        with pytest.raises(DatabaseError, match="needs a passing verdict"), transaction.atomic():
            turns.release(turn.pk)
        turn.refresh_from_db()
        assert turn.status == "held"
