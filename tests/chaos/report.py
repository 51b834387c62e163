"""Everything that is compared at the end of a run, and how it is told."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from chat import markdown
from tests.chaos import pages, plan, rows
from tests.chaos.person import Person
from tests.chaos.run import Run

PAGE_STATE = {"saved": "saved", "stopped": "stopped", "failed": "failed", "held": "held"}
FORGETS = ("Redis lost its data", "Redis evicted keys")
DEATHS = ("kill", "paused", "told to end", "rolling", "Redis", "PostgreSQL", "provider")


@dataclass
class Report:
    run: Run
    rows: rows.Rows
    plays: list[dict[str, Any]]
    violations: list[tuple[int, str, str]] = field(default_factory=list)  # case, turn, what
    compared: Counter[str] = field(default_factory=Counter)

    async def compare(self) -> None:
        for problem in self.run.problems + [
            f"two messages of one role in {turn}" for turn in self.rows.doubled
        ]:
            self._say(None, problem)
        for job in self.rows.jobs:
            self._say(None, f"left in the queue: {job}")
        failed = sum(row["status"] == "failed" for row in self.rows.turns.values())
        if failed > len(self.rows.turns) / 2:
            self._say(None, f"{failed} of {len(self.rows.turns)} turns failed: hardly anything was compared")
        known = {person.turn for person in self.run.people}
        for turn in self.rows.turns.keys() - known:
            self._say(None, f"a turn that nobody sent: {turn}")
        for play in self.plays:
            if play["problem"]:
                self._say(self.run.people[play["case"]], play["problem"])
        for person in self.run.people:
            self._compare_rows(person)
        await asyncio.to_thread(self._compare_pages)
        await self._compare_loads()
        await self._compare_holds()
        self._compare_process_logs()

    def _say(self, person: Person | None, *problems: str) -> None:
        for problem in problems:
            self.violations.append((person.number if person else -1, person.turn if person else "", problem))

    def _compare_rows(self, person: Person) -> None:
        plays = [play for play in self.plays if play["case"] == person.number]
        self.compared["rows of turns"] += 1
        found = rows.turn_problems(self.rows, person.turn, person.case) + person.problems
        for reader in person.readers:
            found += reader.problems
        row, text = self.rows.turns.get(person.turn), self.rows.text(person.turn)
        if row is not None:
            found += rows.text_problems(self.run.stack.seed, person.case, row, text, plays)
            if row["status"] == "failed" and not self._broken(person, plays):
                found.append(f"failed ({row['sentence']}), although nothing it needs was broken")
            if (entries := self.run.logs.get(person.turn)) is not None:
                self.compared["logs"] += 1
                found += rows.log_problems(entries, row, text)
            if person.final and text is not None and person.state in ("saved", "stopped", "failed"):
                self.compared["answers as loaded"] += 1
                if not person.shows(text):
                    found.append("the answer as loaded is not the message")
        self._say(person, *found)

    def _broken(self, person: Person, plays: list[dict[str, Any]]) -> bool:
        """Whether an honest failure is to be expected: the provider broke off, or something broke meanwhile."""
        case = person.case
        if case.gateway or any(case.manner(play["request"]) != "whole" for play in plays):
            return True
        until = person.ended or time.monotonic()
        return any(
            fault.at < until and fault.until + 20 > person.accepted
            and any(word in fault.kind + fault.words for word in DEATHS)
            for fault in self.run.done
        )  # fmt: skip

    def _compare_pages(self) -> None:
        works = [self._work(person) for person in self.run.people]
        print(f"Comparing {sum(len(s.looks) for w in works for s in w.readers)} looks at pages …", flush=True)
        with ProcessPoolExecutor(2) as pool:
            for compared in pool.map(pages.compare, works, chunksize=4):
                self.compared["looks at pages"] += compared.looks
                self._say(self.run.people[compared.number], *compared.problems)

    def _work(self, person: Person) -> pages.Work:
        row = self.rows.turns.get(person.turn)
        sent: dict[int, int] = {}
        for play in self.plays:
            if play["case"] == person.number and play["version"] >= 0:
                sent[play["version"]] = max(sent.get(play["version"], 0), play["sent"])
        forgotten = any(
            fault.kind in FORGETS
            and fault.until > person.accepted
            and fault.at < (person.ended or fault.until)
            for fault in self.run.done
        )
        seen = [
            pages.Seen(
                f"reader {number} ({reader.habit})",
                [(look.load, look.name, look.id, look.data if look.name in ("state", "done") else "", look.text, look.connection) for look in reader.looks],
            )
            for number, reader in enumerate(person.readers)
        ]  # fmt: skip
        text = self.rows.text(person.turn)
        return pages.Work(
            person.number, self.run.stack.seed, sent, row["epoch"] if row else 0, text, forgotten, seen
        )

    async def _compare_loads(self) -> None:
        """Whole pages, as they are at the end: each shows the messages and nothing else; a stranger sees none."""
        by_conversation: dict[str, list[Person]] = {}
        for person in self.run.people:
            if person.turn in self.rows.turns:
                by_conversation.setdefault(person.conversation, []).append(person)
        limits = httpx.Limits(max_connections=4, max_keepalive_connections=4)
        async with httpx.AsyncClient(trust_env=False, timeout=30, limits=limits) as client:
            for person in self.run.people:
                person.client = client
            for conversation, people in by_conversation.items():
                page = await people[0].load(f"/c/{conversation}/")
                self.compared["whole pages"] += 1
                self._compare_page(page, people)
            for person in self.run.people[::10]:
                await self._compare_stranger(person)

    def _compare_page(self, page: str, people: list[Person]) -> None:
        shown = {int(number) for number in pages.any_words().findall(page)}
        for person in people:
            text = self.rows.text(person.turn)
            if text is not None and markdown.render(text) not in page:
                self._say(person, "the page of its conversation does not show its message")
            if text is None and person.number in shown:
                self._say(person, "the page of its conversation shows text that is no message")
            if not person.question_in(page):
                self._say(person, "the page of its conversation does not show its question")
        mine = {person.number for person in people if self.rows.text(person.turn) is not None}
        if strange := shown - mine - {person.number for person in people}:
            self._say(people[0], f"the page of its conversation shows text of cases {sorted(strange)}")

    async def _compare_stranger(self, person: Person) -> None:
        self.compared["doors closed to strangers"] += 1
        stranger = next(name for name in plan.PEOPLE if name != person.case.person)
        cookie = {"Cookie": f"sessionid={self.run.stack.sessions[stranger]}"}
        for path in ("events", "answer/"):
            url = f"http://127.0.0.1:{self.run.stack.fronts[0]}/turns/{person.turn}/{path}"
            answer = await person.client.get(url, headers=cookie)
            if answer.status_code != 404:
                self._say(person, f"{stranger} may read its {path}: {answer.status_code}")

    async def _compare_holds(self) -> None:
        for person in self.run.people:
            if self.rows.turns.get(person.turn, {}).get("status") == "held":
                self.compared["logs of held turns"] += 1
                self._say(person, *rows.hold_problems(await self.run.log_of(person)))

    def _compare_process_logs(self) -> None:
        """No level logs what people or models wrote."""
        for part in self.run.stack.parts.values():
            self.compared["process logs"] += 1
            log = part.log.read_text(encoding="utf-8", errors="replace")
            for number in {int(found) for found in pages.any_words().findall(log)}:
                self._say(self.run.people[number], f"its text stands in the log of {part.name}")

    def tell(self, folder: Path) -> None:
        run, statuses = self.run, Counter(row["status"] for row in self.rows.turns.values())
        readers = [reader for person in run.people for reader in person.readers]
        pause = max((reader.worst_pause for reader in readers), default=0.0)
        recovery = max((fault.until - fault.at for fault in run.done), default=0.0)
        kinds = Counter(fault.kind for fault in run.done)
        attempts = Counter(row["attempt"] for row in self.rows.turns.values())
        lines = [
            "", "| fault | times |", "| --- | ---: |", *(f"| {kind} | {n} |" for kind, n in sorted(kinds.items())),
            "", "| turns ended as | count |", "| --- | ---: |", *(f"| {state} | {n} |" for state, n in sorted(statuses.items())),
            "", "| compared | count |", "| --- | ---: |", *(f"| {what} | {n} |" for what, n in sorted(self.compared.items())),
            "", f"turns: {len(run.people)}, by attempts: " + ", ".join(f"{n} × {a}" for a, n in sorted(attempts.items())),
            f"requests at the provider: {len(self.plays)}, of them continued: {sum(play['from'] > 0 for play in self.plays)}",
            f"readers: {len(readers)}, connections: {sum(r.connections for r in readers)}, POSTs: {sum(p.posts for p in run.people)}",
            f"worst pause of a page (faults included): {pause:.1f} s",
            f"longest a turn stood still while all was there: {max(0.0, run.worst_idle[0]):.1f} s (case {run.worst_idle[1]})",
            f"slowest fault, until all was ready again: {recovery:.1f} s",
            f"processes that ended by themselves: {len(run.revived)}", *run.revived,
            f"seed: {run.stack.seed}, {time.monotonic() - run.began:.0f} s",
        ]  # fmt: skip
        print("\n".join(lines), flush=True)
        for number, turn, problem in self.violations:
            print(f"VIOLATION  case {number}, turn {turn or '-'}: {problem}", flush=True)
        if self.violations:
            self._keep(folder)
            print(f"\n{len(self.violations)} violations; the evidence is in {folder}")
        else:
            print(
                f"\n{len(run.people)} turns, {len(run.done)} faults: nothing lost, doubled, reordered or unmoderated"
            )

    def _keep(self, folder: Path) -> None:
        """The logs of every process, the faults, and all that the pages of the turns concerned held."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in self.run.stack.parts.values():
            shutil.copy(part.log, folder)
        times = [f"{f.at:.2f} {f.until:.2f} {f.kind}: {f.words}" for f in self.run.done]
        (folder / "faults.txt").write_text("\n".join(times) + "\n", encoding="utf-8")
        (folder / "violations.txt").write_text("\n".join(map(str, self.violations)) + "\n", encoding="utf-8")
        for number in {number for number, _, _ in self.violations if number >= 0}:
            person = self.run.people[number]
            kept = {
                "case": vars(person.case), "turn": person.turn, "row": self.rows.turns.get(person.turn), "text": self.rows.text(person.turn),
                "accepted": person.accepted, "ended": person.ended, "stopped": person.stopped, "final": person.final,
                "plays": [play for play in self.plays if play["case"] == number], "log": repr(self.run.logs.get(person.turn)),
                "readers": [
                    {"habit": r.habit, "end": r.end, "problems": r.problems, "looks": [vars(look) for look in r.looks]}
                    for r in person.readers
                ],
            }  # fmt: skip
            path = folder / f"case-{number}.json"
            path.write_text(json.dumps(kept, default=str, indent=1, ensure_ascii=False), encoding="utf-8")
