"""What people told an assistant over several sessions, and questions about it, by the five abilities of LongMemEval.

Wu, Wang, Yu, Zhang, Chang and Yu, "LongMemEval: Benchmarking Chat Assistants on Long-Term Interactive Memory", 2024:
information extraction, multi-session reasoning, knowledge updates, temporal reasoning, abstention. Every sentence,
value and question is generated from the templates in `memories.json`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.evaluation.data.draw import SeededDraw, read_data

if TYPE_CHECKING:
    from collections.abc import Sequence

ABILITIES: Final = ("extraction", "multi_session", "update", "temporal", "abstention")
NOT_SAID: Final = "not said"
"""The answer to a question about something that nobody told."""
FIRST_DAY: Final = date(2025, 1, 6)


class MemoryFact(NamedTuple):
    """A question, the sentence that answers it, a similar sentence about somebody else, and the values of both."""

    question: str
    own: str
    other: str
    values: tuple[str, ...]


_DATA: Final = read_data("memories.json")
FACTS: Final = tuple(
    MemoryFact(fact["question"], fact["own"], fact["other"], tuple(fact["values"])) for fact in _DATA["facts"]
)
BOUGHT: Final[Sequence[str]] = _DATA["bought"]
EVENTS: Final[Sequence[tuple[str, str]]] = tuple(_DATA["events"].items())
"""(an event, the sentence that tells it)."""
CHAT: Final[Sequence[str]] = _DATA["chat"]
"""Sentences that answer no question."""


class PersonMemory(NamedTuple):
    """One sentence that was told. `day`: ISO 8601, of its session."""

    id: str
    day: str
    text: str


class MemoryQuestion(NamedTuple):
    """One question. `relevant`: ids of the memories that answer it, none where it cannot be answered; `outdated`: ids
    of memories that no longer hold; `answer`: one of `choices`, of which those in `stale` no longer hold."""

    ability: str
    text: str
    relevant: tuple[str, ...]
    outdated: tuple[str, ...]
    choices: tuple[str, ...]
    answer: str
    stale: tuple[str, ...] = ()


class SimulatedPerson(NamedTuple):
    """One person's memories, the oldest first, and a question of each ability."""

    id: str
    memories: tuple[PersonMemory, ...]
    questions: tuple[MemoryQuestion, ...]


def generate_people(seed: int, count: int, sessions: int) -> tuple[SimulatedPerson, ...]:
    """`count` people with `sessions` sessions each, at least three."""
    return tuple(_person(SeededDraw(seed, f"person {number}"), number, sessions) for number in range(count))


class _Conversation:
    """The sentences of one person by session, before they have ids."""

    def __init__(self, draw: SeededDraw, sessions: int) -> None:
        self.draw = draw
        self.said: list[list[str]] = [[] for _ in range(sessions)]

    def in_order(self, count: int) -> list[int]:
        """`count` different sessions, the earliest first."""
        return sorted(self.draw.order(range(len(self.said)))[:count])

    def tell(self, session: int, text: str) -> str:
        self.said[session].append(text)
        return text


def _person(draw: SeededDraw, number: int, sessions: int) -> SimulatedPerson:
    told = _Conversation(draw, sessions)
    extraction, update, unsaid, *others = draw.order(FACTS)
    for fact in others[:4]:
        told.tell(draw.below(sessions), fact.own.format(draw.one(fact.values)))
    # Of somebody else another value, so that no two memories say the same.
    rest = {fact: draw.order(fact.values) for fact in (extraction, update, unsaid)}
    for fact, values in rest.items():
        told.tell(draw.below(sessions), fact.other.format(values[-1]))
    by_text = [
        _extraction(told, extraction, rest[extraction]),
        _multi_session(told),
        _update(told, update, rest[update]),
        _temporal(told),
        MemoryQuestion(
            "abstention", unsaid.question, (), (), (*draw.order(rest[unsaid][-3:]), NOT_SAID), NOT_SAID
        ),
    ]
    for text in draw.order(CHAT)[: 2 * sessions]:
        told.tell(draw.below(sessions), text)
    memories: list[PersonMemory] = []
    for session, some in enumerate(told.said):
        day = (FIRST_DAY + timedelta(days=9 * session + draw.below(7))).isoformat()
        memories += [
            PersonMemory(f"m{len(memories) + at}", day, text) for at, text in enumerate(draw.order(some))
        ]
    ids = {memory.text: memory.id for memory in memories}
    questions = tuple(
        question._replace(
            relevant=tuple(ids[text] for text in question.relevant),
            outdated=tuple(ids[text] for text in question.outdated),
        )
        for question in by_text
    )
    return SimulatedPerson(f"person-{number}", tuple(memories), questions)


# These return a question whose memories are named by their texts.


def _extraction(told: _Conversation, fact: MemoryFact, values: list[str]) -> MemoryQuestion:
    """`values`: the first is told of oneself, the last was told of somebody else."""
    said = told.tell(told.draw.below(len(told.said)), fact.own.format(values[0]))
    choices = (*told.draw.order([values[0], values[1], values[-1]]), NOT_SAID)
    return MemoryQuestion("extraction", fact.question, (said,), (), choices, values[0])


def _multi_session(told: _Conversation) -> MemoryQuestion:
    count = 2 + told.draw.below(2)
    things = told.draw.order(BOUGHT)[:count]
    said = tuple(
        told.tell(session, f"I bought {thing} for the kitchen.")
        for session, thing in zip(told.in_order(count), things, strict=True)
    )
    choices = ("1", "2", "3", "4", NOT_SAID)
    question = "How many times did I tell that I bought something for the kitchen?"
    return MemoryQuestion("multi_session", question, said, (), choices, str(count))


def _update(told: _Conversation, fact: MemoryFact, values: list[str]) -> MemoryQuestion:
    """`values`: the first held before, the second holds now, the last was told of somebody else."""
    first, second = told.in_order(2)
    old = told.tell(first, fact.own.format(values[0]))
    new = told.tell(second, fact.own.format(values[1]))
    choices = (*told.draw.order([values[0], values[1], values[-1]]), NOT_SAID)
    return MemoryQuestion("update", fact.question, (new,), (old,), choices, values[1], (values[0],))


def _temporal(told: _Conversation) -> MemoryQuestion:
    (one, said_one), (two, said_two) = told.draw.order(EVENTS)[:2]
    first, second = told.in_order(2)
    told.tell(first, said_one)
    told.tell(second, said_two)
    names = told.draw.order([one, two])
    question = f"Which did I do first: {names[0]} or {names[1]}?"
    return MemoryQuestion("temporal", question, (said_one, said_two), (), (*names, NOT_SAID), one)
