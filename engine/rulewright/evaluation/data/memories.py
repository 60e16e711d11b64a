"""What people told an assistant over several sessions, and questions about it, by the five abilities of LongMemEval.

Wu, Wang, Yu, Zhang, Chang and Yu, "LongMemEval: Benchmarking Chat Assistants on Long-Term Interactive Memory", 2024:
information extraction, multi-session reasoning, knowledge updates, temporal reasoning, abstention. Every sentence,
value and question here is from templates; nobody said any of them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

from rulewright.evaluation.data.draw import SeededDraw

ABILITIES: Final = ("extraction", "multi_session", "update", "temporal", "abstention")
NOT_SAID: Final = "not said"
"""The answer to a question about something that nobody told."""
FIRST: Final = date(2025, 1, 6)


class MemoryFact(NamedTuple):
    """A question, what answers it, what only looks so, and the values of both."""

    question: str
    own: str
    other: str
    values: tuple[str, ...]


FACTS: Final = (
    MemoryFact(
        "Which city do I live in?",
        "I live in {} these days.",
        "My sister lives in {}.",
        ("Lisbon", "Oslo", "Turin", "Graz", "Porto", "Malmö"),
    ),
    MemoryFact(
        "What editor do I write code with?",
        "I write my code with {}.",
        "The intern writes code with {}.",
        ("Vim", "Emacs", "Kate", "Nano", "Helix"),
    ),
    MemoryFact(
        "What am I allergic to?",
        "I am allergic to {}.",
        "My flatmate is allergic to {}.",
        ("peanuts", "pollen", "cats", "penicillin", "shellfish"),
    ),
    MemoryFact(
        "What instrument do I play?",
        "In the evening I play the {}.",
        "The man upstairs plays the {}.",
        ("cello", "piano", "oboe", "drums", "harp"),
    ),
    MemoryFact(
        "How do I get to work?",
        "I get to work by {}.",
        "My boss gets to work by {}.",
        ("bus", "bicycle", "tram", "ferry", "car"),
    ),
    MemoryFact(
        "What is my favourite food?",
        "My favourite food is {}.",
        "My brother's favourite food is {}.",
        ("ramen", "lasagne", "pierogi", "falafel", "goulash"),
    ),
    MemoryFact(
        "What is the name of my dog?",
        "My dog is called {}.",
        "The neighbour's dog is called {}.",
        ("Biscuit", "Comet", "Pepper", "Waffle", "Ziggy"),
    ),
    MemoryFact(
        "Which language am I learning?",
        "I am learning {}.",
        "My aunt is learning {}.",
        ("Finnish", "Korean", "Welsh", "Arabic", "Greek"),
    ),
    MemoryFact(
        "What do I drink in the morning?",
        "In the morning I drink {}.",
        "My father drinks {} in the morning.",
        ("coffee", "green tea", "cocoa", "mate", "kefir"),
    ),
    MemoryFact(
        "Which database does my team use?",
        "My team keeps its data in {}.",
        "The other team keeps its data in {}.",
        ("SQLite", "Postgres", "Redis", "MySQL", "DuckDB"),
    ),
)
"""What a person tells of themselves, and what they tell alike of somebody else, which answers nothing."""

BOUGHT: Final = ("a kettle", "a toaster", "two pans", "a coffee grinder", "a cutting board", "a set of bowls")
EVENTS: Final = (
    ("moved house", "I moved house this week."),
    ("ran a marathon", "I ran a marathon on Sunday."),
    ("changed jobs", "I changed jobs this week."),
    ("got a tattoo", "I got a tattoo yesterday."),
    ("sold the car", "I sold the car this week."),
    ("painted the kitchen", "I painted the kitchen at the weekend."),
)
CHAT: Final = (
    *("Thank you, that was helpful.", "It has been raining here all week.", "I slept badly last night."),
    *(
        "Can you shorten this text for me?",
        "The meeting took far too long.",
        "I am looking forward to the holidays.",
    ),
    *(
        "The new film was better than I thought.",
        "My keyboard is too loud for the office.",
        "I lost my umbrella again.",
    ),
    *(
        "The neighbours have a new fence.",
        "I finally answered all my mail.",
        "The train was late, as always.",
    ),
    *("Please translate this sentence for me.", "I am reading a long book about bridges."),
    *("The plants on the balcony need water.", "My phone's battery does not last a day."),
)


class PersonMemory(NamedTuple):
    """One thing that was told. `day`: ISO 8601, of its session."""

    id: str
    day: str
    text: str


class MemoryQuestion(NamedTuple):
    """One question. `relevant`: ids of the memories that answer it, none where it cannot be answered; `outdated`: those
    of what was true once; `answer`: one of `choices`, of which `stale` was true once."""

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


class _Told:
    """What one person told, by session, before it has ids."""

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
    told = _Told(draw, sessions)
    extraction, update, unsaid, *others = draw.order(FACTS)
    for fact in others[:4]:
        told.tell(draw.below(sessions), fact.own.format(draw.one(fact.values)))
    # Of somebody else another value, so that no two memories say the same.
    rest = {fact: draw.order(fact.values) for fact in (extraction, update, unsaid)}
    for fact, values in rest.items():
        told.tell(draw.below(sessions), fact.other.format(values[-1]))
    parts = [
        _extraction(told, extraction, rest[extraction]),
        _multi_session(told),
        _update(told, update, rest[update]),
        _temporal(told),
        ("abstention", unsaid.question, (), (), (*draw.order(rest[unsaid][-3:]), NOT_SAID), NOT_SAID, ()),
    ]
    for text in draw.order(CHAT)[: 2 * sessions]:
        told.tell(draw.below(sessions), text)
    memories: list[PersonMemory] = []
    for session, some in enumerate(told.said):
        day = (FIRST + timedelta(days=9 * session + draw.below(7))).isoformat()
        memories += [
            PersonMemory(f"m{len(memories) + at}", day, text) for at, text in enumerate(draw.order(some))
        ]
    ids = {memory.text: memory.id for memory in memories}
    questions = tuple(
        MemoryQuestion(
            ability,
            text,
            tuple(ids[one] for one in relevant),
            tuple(ids[one] for one in outdated),
            choices,
            answer,
            stale,
        )
        for ability, text, relevant, outdated, choices, answer, stale in parts
    )
    return SimulatedPerson(f"person-{number}", tuple(memories), questions)


Part = tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str, tuple[str, ...]]
"""A question whose memories are named by their texts."""


def _extraction(told: _Told, fact: MemoryFact, values: list[str]) -> Part:
    """`values`: the first is told of oneself, the last was told of somebody else."""
    said = told.tell(told.draw.below(len(told.said)), fact.own.format(values[0]))
    choices = (*told.draw.order([values[0], values[1], values[-1]]), NOT_SAID)
    return "extraction", fact.question, (said,), (), choices, values[0], ()


def _multi_session(told: _Told) -> Part:
    count = 2 + told.draw.below(2)
    things = told.draw.order(BOUGHT)[:count]
    said = tuple(
        told.tell(session, f"I bought {thing} for the kitchen.")
        for session, thing in zip(told.in_order(count), things, strict=True)
    )
    choices = ("1", "2", "3", "4", NOT_SAID)
    question = "How many times did I tell that I bought something for the kitchen?"
    return "multi_session", question, said, (), choices, str(count), ()


def _update(told: _Told, fact: MemoryFact, values: list[str]) -> Part:
    """`values`: the first held before, the second holds now, the last was told of somebody else."""
    first, second = told.in_order(2)
    old = told.tell(first, fact.own.format(values[0]))
    new = told.tell(second, fact.own.format(values[1]))
    choices = (*told.draw.order([values[0], values[1], values[-1]]), NOT_SAID)
    return "update", fact.question, (new,), (old,), choices, values[1], (values[0],)


def _temporal(told: _Told) -> Part:
    (one, said_one), (two, said_two) = told.draw.order(EVENTS)[:2]
    first, second = told.in_order(2)
    told.tell(first, said_one)
    told.tell(second, said_two)
    names = told.draw.order([one, two])
    question = f"Which did I do first: {names[0]} or {names[1]}?"
    return "temporal", question, (said_one, said_two), (), (*names, NOT_SAID), one, ()
