"""The rules both databases enforce, named once. A condition is SQL over NEW that is true when the row is refused."""

# Rows of these tables, once written, stay as they are, but for ERASURES. The columns are unique keys: a REPLACE over one
# is refused.
APPEND_ONLY: dict[str, list[str]] = {
    "chat_verdict": ["id", "turn_id, digest, round"],
    "chat_checkresult": ["id", "turn_id, digest, round, checker"],
    "chat_decision": ["id", "undoes_id"],
    "chat_caseentry": ["id"],
    "chat_auditentry": ["id", "seq"],
    "chat_exposure": ["id"],
    "chat_policyversion": ["id", "definition_hash", "policy_id, number"],
    "chat_policychange": ["id"],
    "chat_assistantversion": ["id", "assistant_id, number"],
}

# Never deleted either, but with changes of their own (a message: erasure; a turn: its status; a bypass: its end).
NEVER_DELETED = ["chat_message", "chat_turn", "chat_case", "chat_policy", "chat_bypass", "chat_transcript"]

# Deleted when judged, never altered.
NEVER_ALTERED = ["chat_candidate"]

# More tables whose rows are not replaced under one of these keys.
NOT_REPLACED = {"chat_message": ["id", "turn_id, role"], "chat_candidate": ["id", "turn_id, role"]}

# The one change that rows of these tables allow: table → what it has to be, and the columns that stay as they are.
ERASURES: dict[str, tuple[str, list[str]]] = {
    "chat_message": (
        "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body = '' AND NEW.salt = ''",
        ["id", "turn_id", "role", "digest", "finish", "created_at"],
    ),
    "chat_checkresult": (
        "NEW.detail = ''",
        ["id", "turn_id", "digest", "round", "checker", "outcome", "findings", "milliseconds", "created_at"],
    ),
    # A reason may quote what it is about, and goes with it.
    "chat_decision": (
        """NEW.reason = '' AND EXISTS (SELECT 1 FROM chat_turn t JOIN chat_conversation c ON c.id = t.conversation_id
        WHERE t.id = OLD.turn_id AND c.erased_at IS NOT NULL)""",
        [
            "id",
            "case_id",
            "turn_id",
            "digest",
            "reviewer_id",
            "action",
            "category",
            "undoes_id",
            "created_at",
        ],
    ),
    # So may notes, and what somebody reported.
    "chat_caseentry": (
        """NEW.words = '' AND EXISTS (SELECT 1 FROM chat_case k JOIN chat_turn t ON t.id = k.turn_id
        JOIN chat_conversation c ON c.id = t.conversation_id WHERE k.id = OLD.case_id AND c.erased_at IS NOT NULL)""",
        ["id", "case_id", "kind", "detail", "by_id", "at"],
    ),
}

# A salt of fixed length: without it characters could move over the border of salt and body under one digest.
DIGEST_IS_WRONG = "LENGTH(NEW.salt) <> 32 OR NEW.digest IS DISTINCT FROM {sha256}"

# A person's own words need it too where the turn's policy has them judged.
MESSAGE_NOT_PASSED = """(NEW.role <> 'user' OR EXISTS (SELECT 1 FROM chat_turn t JOIN chat_policyversion p ON p.id = t.policy_id
    WHERE t.id = NEW.turn_id AND t.kind IN ('send', 'retry') AND {questions} > 0)) AND NOT (
    COALESCE((SELECT v.outcome FROM chat_verdict v WHERE v.turn_id = NEW.turn_id AND v.digest = NEW.digest
              ORDER BY v.round DESC LIMIT 1) = 'pass', {false})
    OR COALESCE((SELECT d.action FROM chat_decision d WHERE d.turn_id = NEW.turn_id AND d.digest = NEW.digest
                 ORDER BY d.id DESC LIMIT 1) = 'release', {false}))"""

UNEARNED = """NEW.outcome = 'pass' AND (
    NEW.required < 1
    OR NOT EXISTS (SELECT 1 FROM chat_turn t JOIN chat_policyversion p ON p.id = t.policy_id
        WHERE t.id = NEW.turn_id AND p.id = NEW.policy_id AND NEW.required = CASE WHEN EXISTS (
            SELECT 1 FROM chat_candidate c WHERE c.turn_id = NEW.turn_id AND c.digest = NEW.digest AND c.role = 'user')
            THEN {questions} ELSE {checkers} END)
    OR (SELECT COUNT(*) FROM chat_checkresult r WHERE r.turn_id = NEW.turn_id AND r.digest = NEW.digest
        AND r.round = NEW.round AND r.outcome = 'pass') < NEW.required
    OR EXISTS (SELECT 1 FROM chat_checkresult r WHERE r.turn_id = NEW.turn_id AND r.digest = NEW.digest
        AND r.round = NEW.round AND r.outcome <> 'pass'))"""

# An undo takes back the decision that is the last one over these bytes, and no undo; nothing else undoes anything.
DECISION_UNFOUNDED = """TRIM(NEW.reason) = '' OR NEW.action NOT IN ('release', 'uphold', 'undo')
    OR (NEW.action <> 'undo' AND NEW.undoes_id IS NOT NULL)
    OR (NEW.action = 'undo' AND NOT COALESCE((SELECT d.id = NEW.undoes_id AND d.action <> 'undo' FROM chat_decision d
        WHERE d.turn_id = NEW.turn_id AND d.digest = NEW.digest ORDER BY d.id DESC LIMIT 1), {false}))
    OR NOT EXISTS (SELECT 1 FROM chat_verdict v WHERE v.turn_id = NEW.turn_id AND v.digest = NEW.digest)
    OR NOT EXISTS (SELECT 1 FROM chat_case c WHERE c.id = NEW.case_id AND c.turn_id = NEW.turn_id)
    OR NOT EXISTS (SELECT 1 FROM chat_user u WHERE u.id = NEW.reviewer_id AND u.is_active)"""

DECISION_OWN = """EXISTS (SELECT 1 FROM chat_turn t JOIN chat_conversation c ON c.id = t.conversation_id
    WHERE t.id = NEW.turn_id AND c.owner_id = NEW.reviewer_id)"""

# What was withdrawn is shown again after a release as the last decision, or where an uphold of a report was undone.
SHOWN_AGAIN = """OLD.status = 'withdrawn' AND NEW.status <> 'withdrawn' AND NOT COALESCE((
    SELECT d.action = 'release' OR (d.action = 'undo' AND c.kind = 'reported' AND EXISTS (
        SELECT 1 FROM chat_decision u WHERE u.id = d.undoes_id AND u.action = 'uphold'))
    FROM chat_decision d JOIN chat_case c ON c.id = d.case_id WHERE d.turn_id = NEW.id
    ORDER BY d.id DESC LIMIT 1), {false})"""

ENTRY_UNFOUNDED = """(NEW.kind IN ('note', 'take_over') AND TRIM(NEW.words) = '')
    OR (NEW.kind IN ('reveal', 'escalate', 'report') AND TRIM(NEW.words) = '' AND TRIM(NEW.detail) = '')
    OR NOT EXISTS (SELECT 1 FROM chat_user u WHERE u.id = NEW.by_id AND u.is_active)"""

TRANSCRIPT_UNFOUNDED = """TRIM(NEW.reason) = '' OR NEW.until <= NEW.opened_at OR NEW.closed_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM chat_conversation c WHERE c.id = NEW.conversation_id AND c.owner_id = NEW.by_id)
    OR NOT EXISTS (SELECT 1 FROM chat_user u WHERE u.id = NEW.by_id AND u.is_active)"""

# Its reason may quote the conversation, and goes with it.
TRANSCRIPT_PROLONGED = """NEW.id <> OLD.id OR NEW.by_id <> OLD.by_id OR NEW.conversation_id <> OLD.conversation_id
    OR (NEW.reason <> OLD.reason AND NOT (NEW.reason = '' AND EXISTS (SELECT 1 FROM chat_conversation c
        WHERE c.id = OLD.conversation_id AND c.erased_at IS NOT NULL)))
    OR NEW.opened_at <> OLD.opened_at OR NEW.until <> OLD.until
    OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)"""

CHANGE_UNFOUNDED = """TRIM(NEW.reason) = ''
    OR NOT EXISTS (SELECT 1 FROM chat_policyversion v WHERE v.id = NEW.version_id AND v.policy_id = NEW.policy_id)"""

# An entry continues the audit's chain. One beside it is a process's of the version before, on the first day of a chain that
# began with what was on record before it (chat/audit/appending.py).
UNCHAINED = """(NEW.seq IS NULL AND EXISTS (SELECT 1 FROM chat_auditentry f WHERE f.seq = 1
        AND (f.action <> 'audit.begun' OR f.at < {day_ago})))
    OR (NEW.seq IS NOT NULL AND (LENGTH(NEW.previous) <> 64 OR LENGTH(NEW.mac) <> 64
        OR NEW.seq <> COALESCE((SELECT MAX(a.seq) FROM chat_auditentry a), 0) + 1
        OR (NEW.seq > 1 AND NEW.previous IS DISTINCT FROM
            (SELECT a.mac FROM chat_auditentry a WHERE a.seq = NEW.seq - 1))))"""

# (table, what is refused, its condition): checked before each insert.
INSERTS: list[tuple[str, str, str]] = [
    ("chat_message", "digest", DIGEST_IS_WRONG),
    ("chat_message", "passed", MESSAGE_NOT_PASSED),
    ("chat_message", "erased", "NEW.erased_at IS NOT NULL"),
    ("chat_candidate", "digest", DIGEST_IS_WRONG),
    ("chat_verdict", "earned", UNEARNED),
    ("chat_decision", "founded", DECISION_UNFOUNDED),
    ("chat_decision", "own", DECISION_OWN),
    ("chat_caseentry", "worded", ENTRY_UNFOUNDED),
    ("chat_transcript", "reasoned", TRANSCRIPT_UNFOUNDED),
    ("chat_policychange", "reasoned", CHANGE_UNFOUNDED),
    ("chat_auditentry", "chained", UNCHAINED),
]

# (table, columns or "" for all, what is refused, its condition): checked before each update of these columns.
UPDATES: list[tuple[str, str, str, str]] = [
    ("chat_turn", "status", "shown", SHOWN_AGAIN),
    ("chat_transcript", "", "prolonged", TRANSCRIPT_PROLONGED),
]

SENTENCES = {
    "digest": "the digest is not that of salt and body",
    "passed": "a message that is to be judged needs a passing verdict or a release of exactly these bytes",
    "erased": "a message cannot begin erased",
    "earned": "a pass needs a passing result of every checker of the turn''s policy",
    "founded": "a decision needs a reason, a case, an active reviewer and a judged text",
    "own": "nobody decides about a conversation of their own",
    "worded": "what was done with a case needs words and somebody active",
    "reasoned": "a reason is needed, and what it is about",
    "shown": "what was withdrawn is shown again by a decision alone",
    "prolonged": "the right to read a transcript is ended, never changed",
    "replace": "rows of this table are not replaced",
    "update": "rows of this table are not changed",
    "chained": "an audit entry continues the chain",
    "erasure": "the one change a row of this table allows is its erasure",
    "delete": "rows of this table are not deleted",
    "truncate": "this table is not truncated",
}
