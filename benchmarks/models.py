"""A local model's questions: labels by their trie against prompts per label and against generation under a grammar.

    python benchmarks/run.py models

The model is written here, with random weights: what is compared is the work, never the answers. 32,000 tokens of
vocabulary, as a small Llama has. The full prompt per label is what `Llama` users write: the whole prompt with the
label at its end, for each label. Cold: nothing is held in the model's memory. Warm: what stays the same from report to
report is held, the report is new. Needs llama-cpp-python and gguf.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Row, in_turns

from rulewright.models.local.llama_process import ModelProcess
from rulewright.models.local.local_provider import LocalProvider
from rulewright.models.local.messages import LlamaSettings
from rulewright.models.local.prompt_parts import build_prompt
from rulewright.models.task import ClassifyQuestion, Task, prompt_hash

PROMPT = "You sort reports of a software project. " * 6
AREAS = ("api", "build", "cli", "docs", "editor", "install")
AREAS += ("login", "network", "search", "settings", "storage", "upload")
LABELS = tuple((area, f"What concerns the {area}: its parts, its errors, how it is used.") for area in AREAS)
TYPES = (
    ("bug", "Something is broken."),
    ("feature", "Something is wished for."),
    ("question", "Somebody asks."),
)
REPORT = "The page stays empty after the update. I expected the list of yesterday. "
NUMBERS = count(100)


def report() -> tuple[tuple[str, str], ...]:
    """A report that was never asked about: its first words differ, so that nothing of it is held."""
    return (("title", f"{next(NUMBERS)} empty page"), ("body", REPORT * 3))


def asked(prompt: str = PROMPT, labels: tuple[tuple[str, str], ...] = LABELS) -> Task:
    return Task("classify", "area", prompt, prompt_hash(prompt), report(), labels)


def rows() -> Iterator[Row]:
    if find_spec("llama_cpp") is None or find_spec("gguf") is None:
        print("  skipped: needs llama-cpp-python and gguf", flush=True)
        return
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    with TemporaryDirectory() as folder:
        yield from measured(Path(folder))


def measured(folder: Path) -> Iterator[Row]:
    from tiny_model import write_model

    path = write_model(folder / "m.gguf", vocabulary_size=32_000, width=256, layers=6, seed=1)
    digest = sha256(path.read_bytes()).hexdigest()
    settings = LlamaSettings(str(path), digest, "bench", context=4096, threads=1)
    provider = LocalProvider(settings, ModelProcess(settings))
    saving = settings._replace(states=str(folder / "states"))
    try:
        yield from against_prompts(provider)
        yield from against_generation(provider)
        yield from a_second_question(provider)
        yield from a_second_run(saving)
    finally:
        provider.close()


def raw(
    provider: LocalProvider, system: str, question: str, fields: Sequence[Sequence[str]]
) -> dict[str, object]:
    """One question with a single branch: the whole prompt is evaluated, as far as its first parts are not held."""
    request = {"do": "classify", "labels": ["a", "b"], "system": system, "fields": fields, "cue": ""}
    return provider.process.ask({**request, "question": question})


def forget(provider: LocalProvider) -> None:
    raw(provider, f"{next(NUMBERS)}", "?", [])


def against_prompts(provider: LocalProvider) -> Iterator[Row]:
    def each(cold: bool) -> Callable[[], object]:
        def job() -> None:
            prompt = build_prompt(asked())
            for label, _ in LABELS:
                if cold:
                    forget(provider)
                # One text after the other, as a completion is scored: the label at the end of the same prompt.
                raw(provider, prompt.system, f"{prompt.question}{prompt.cue}{label}", prompt.fields)

        return job

    def ours_cold() -> None:
        forget(provider)
        provider.answer(asked())

    def ours_warm() -> None:
        provider.answer(asked())

    best = in_turns({"each": each(cold=True), "cold": ours_cold}, turns=5, warm=1)
    provider.answer(asked())
    best |= in_turns({"warm": ours_warm}, turns=10, warm=1)
    prompt = provider.answer(asked()).tokens["prompt"]
    yield Row(f"12 labels, a prompt of {prompt} tokens each, cold", best["each"] * 1000, "ms")
    yield Row("12 labels by their trie, cold", best["cold"] * 1000, "ms")
    yield Row("12 labels by their trie, rules held, a new report", best["warm"] * 1000, "ms")
    yield Row("prompts per label ÷ trie, cold", best["each"] / best["cold"], "×", 8, "higher")
    yield Row("prompts per label ÷ trie, rules held", best["each"] / best["warm"], "×", 20, "higher")


def against_generation(provider: LocalProvider) -> Iterator[Row]:
    """The same prompt, which both hold: the labels' scores against one label written under a grammar."""
    task = asked()
    prompt = build_prompt(task)
    options = " | ".join(f'"{area}"' for area in AREAS)
    request = {**prompt._asdict(), "do": "generate", "grammar": f'root ::= ({options}) "\\""', "most": 16}
    best = in_turns(
        {
            "trie": lambda: provider.answer(task),
            "grammar": lambda: provider.process.ask(request),
            "prompt": lambda: raw(provider, prompt.system, prompt.question + prompt.cue, prompt.fields),
        },
        turns=10,
        warm=2,
    )
    yield Row("12 labels by their trie, report held", best["trie"] * 1000, "ms")
    yield Row("one label generated under a grammar, report held", best["grammar"] * 1000, "ms")
    alone = (best["grammar"] - best["prompt"]) / max(best["trie"] - best["prompt"], 1e-3)
    yield Row("grammar ÷ trie, beyond the question's own tokens", alone, "×", 5, "higher")
    yield Row("grammar ÷ trie, with the question's own tokens", best["grammar"] / best["trie"], "×")


def a_second_question(provider: LocalProvider) -> Iterator[Row]:
    task = asked()._replace(
        questions=(ClassifyQuestion(PROMPT, LABELS), ClassifyQuestion("Of what type is it?", TYPES))
    )
    second = task._replace(prompt="Of what type is it?", labels=TYPES)
    first = provider.answer(task).tokens
    again = provider.answer(second).tokens
    yield Row("tokens evaluated for the first question about a report", first["evaluated"], "")
    yield Row("tokens evaluated for a second one", again["evaluated"], "")
    yield Row("share of the second prompt", 100 * again["evaluated"] / again["prompt"], "%", 20)


def a_second_run(settings: LlamaSettings) -> Iterator[Row]:
    """Two runs, each with a process of its own: the second reads the rules prefix from disk."""
    found = []
    for _ in range(2):
        provider = LocalProvider(settings, ModelProcess(settings))
        found.append(provider.answer(asked()).tokens)
        provider.close()
    prefix = found[1]["saved"]
    yield Row("tokens of the rules prefix read from disk in a second run", prefix, "", 1, "higher")
    yield Row("tokens evaluated in the first run", found[0]["evaluated"], "")
    yield Row("tokens evaluated in the second", found[1]["evaluated"], "", found[0]["evaluated"] - prefix)
