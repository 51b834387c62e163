"""What the pages about policies list."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max

from .. import moderation, policies
from ..models import Bypass, Endpoint, Policy, PolicyVersion, Replay, ReplayFlip, ShadowResult, User
from ..policies import bypassing, drafting, shadows, words
from ..policies.composing import name_of

_LATEST = 5  # rows of what happened before


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """`draft`: the number of a version newer than the one that is on, None where there is none."""

    policy: Policy
    whom: str
    says: str
    draft: int | None
    judged: int
    differences: int


@dataclass(frozen=True, slots=True)
class PackRow:
    pack: moderation.Pack
    says: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A rule of one's own, or a classifier: `editable` False for the environment's endpoint."""

    name: str
    title: str
    says: str
    editable: bool = True


@dataclass(frozen=True, slots=True)
class BypassRow:
    row: Bypass
    saved: int


def endpoint_names() -> dict[int, str]:
    return dict(Endpoint.objects.values_list("pk", "name"))


def policy_rows() -> list[PolicyRow]:
    """Those that are not archived, the environment's first."""
    rows = Policy.objects.select_related("active", "shadow").prefetch_related("assistants", "groups")
    rows = rows.filter(archived_at=None).annotate(latest=Max("versions__number"))
    found = []
    for row in rows.order_by("-from_environment", "name"):
        on, newest = row.active.number if row.active else 0, row.latest
        judged, differing = shadows.differences(row.shadow) if row.shadow else (0, 0)
        shown = row.active or row.versions.order_by("-number").first()
        says = brief(shown.definition) if shown else ""
        found.append(PolicyRow(row, whom(row), says, newest if newest != on else None, judged, differing))
    return found


def whom(row: Policy) -> str:
    """Whom it is for, as a part of a line."""
    if row.everyone:
        return "for everybody"
    names = [each.name for each in row.assistants.all()] + [each.name for each in row.groups.all()]
    return f"for {', '.join(names)}" if names else "for nobody"


def brief(definition: dict[str, Any]) -> str:
    """What it says in half a line."""
    found = drafting.normal(definition)
    rules = len(drafting.ruleset(found))
    asked = len(found[drafting.ANSWERS]) - 1 + len(found[drafting.QUESTIONS])
    parts = [
        words.MODES[found["mode"]][0],
        f"{rules} rule{'' if rules == 1 else 's'}" if rules else "no rules",
        f"{asked} classifier{'' if asked == 1 else 's'}" if asked else "",
    ]
    return " · ".join(part for part in parts if part)


def pack_rows(definition: dict[str, Any]) -> list[PackRow]:
    """The packs that are on."""
    on = drafting.rules_item(drafting.normal(definition))["packs"]
    packs = (moderation.PACKS[name] for name in on if name in moderation.PACKS)
    return [PackRow(pack, words.tally(words.actions_of(definition, pack.name).values())) for pack in packs]


def rule_rows(definition: dict[str, Any]) -> list[ItemRow]:
    own = drafting.rules_item(drafting.normal(definition))["own"]
    return [
        ItemRow(rule["name"], rule["title"], f"{words.ACTIONS[rule['action']]}, {words.directions(rule)}")
        for rule in own
    ]


def classifier_rows(definition: dict[str, Any], where: str, endpoints: dict[int, str]) -> list[ItemRow]:
    found = []
    for item in drafting.normal(definition)[where]:
        if item["kind"] == "rules":
            continue
        kind, name = words.KINDS.get(item["kind"], item["kind"]), name_of(item)
        if item["kind"] == "endpoint":
            found.append(ItemRow(name, kind, item.get("model") or "CHAT_MODERATION_URL", editable=False))
        else:
            asked = f"{item.get('model') or 'its usual model'} at {endpoints.get(item['endpoint'], 'no endpoint')}"
            found.append(ItemRow(name, name, f"{kind} · {asked}"))
    return found


def policy_page(viewer: User, row: Policy) -> dict[str, Any]:
    """What the page of one policy needs, beside its form."""
    # What each says may be long, and only the latest is looked into.
    versions = list(row.versions.select_related("author").defer("definition").order_by("-number"))
    latest, endpoints = versions[0], endpoint_names()
    definition, on = latest.definition, row.active
    before = on.definition if on else drafting.EMPTY
    judged, differing = shadows.differences(row.shadow) if row.shadow else (0, 0)
    last = row.changes.select_related("by", "version").order_by("-pk")
    return {
        "policy": row,
        "latest": latest,
        "suggestions": policies.suggestions(viewer, row),
        "versions": versions,
        "draft": latest if latest.pk != row.active_id else None,
        "changes": words.changes(before, definition, endpoints) if latest.pk != row.active_id else [],
        "switched": last.filter(version=on).first() if on else None,
        "mode": words.MODES[definition["mode"]],
        "reasoning": definition.get("reasoning") is not False,
        "packs": pack_rows(definition),
        "rules": rule_rows(definition),
        "for_answers": classifier_rows(definition, drafting.ANSWERS, endpoints),
        "for_questions": classifier_rows(definition, drafting.QUESTIONS, endpoints),
        "whom": whom(row),
        "history": list(last[: _LATEST * 2]),
        "judged": judged,
        "differing": differing,
        "differences": shadow_differences(row.shadow) if row.shadow else [],
        "replays": list(
            Replay.objects.filter(version__policy=row)
            .select_related("version", "by")
            .order_by("-pk")[:_LATEST]
        ),
    }


def shadow_differences(version: PolicyVersion) -> list[ShadowResult]:
    """The newest answers that it would have decided otherwise."""
    rows = ShadowResult.objects.filter(version=version).exclude(enforced=F("outcome"))
    return list(rows.select_related("turn__case").order_by("-pk")[: _LATEST * 2])


def flips(replay: Replay) -> list[ReplayFlip]:
    return list(replay.flips.select_related("turn__case").order_by("-turn__created_at")[:500])


def bypasses() -> dict[str, Any]:
    """The one that is on, and those before."""
    now = bypassing.running()
    rows = Bypass.objects.select_related("by", "ended_by").order_by("-pk")[:_LATEST]
    return {
        "bypass_now": BypassRow(now, bypassing.saved_under(now)) if now else None,
        "bypasses": [
            BypassRow(row, bypassing.saved_under(row)) for row in rows if not now or row.pk != now.pk
        ],
    }


def archived() -> list[Policy]:
    return list(Policy.objects.exclude(archived_at=None).order_by("name"))
