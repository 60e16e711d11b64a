"""Every format of an evaluation against its golden file; hostile text stays text in each.

Set RULEWRIGHT_GOLDEN=write to write the files anew, then read the difference before committing it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rulewright.report.annotation import Annotation
from rulewright.report.document import evaluation_document, json_line, json_text
from rulewright.report.evaluation import Evaluation, PolicyView, RuleView
from rulewright.report.github import annotation_lines, evaluation_annotations
from rulewright.report.markdown import evaluation_markdown
from rulewright.report.markdown_text import code, prose
from rulewright.report.terminal import Paint
from rulewright.report.text import evaluation_text

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
FORMATS: dict[str, Callable[[Evaluation], str]] = {
    "evaluation.txt": lambda shown: evaluation_text(shown, columns=100),
    "evaluation-narrow.txt": lambda shown: evaluation_text(shown, columns=60),
    "evaluation.json": lambda shown: json_text(evaluation_document(shown)),
    "evaluation.md": evaluation_markdown,
    "evaluation.github.txt": lambda shown: annotation_lines(evaluation_annotations(shown)),
}


@pytest.mark.parametrize("name", FORMATS)
def test_golden(name: str, everything: Evaluation) -> None:
    written = FORMATS[name](everything).encode("utf-8", "backslashreplace")
    file = GOLDEN / name
    if os.environ.get("RULEWRIGHT_GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written)
    assert written == file.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_that_a_terminal_or_runner_obeys_gets_through(name: str, everything: Evaluation) -> None:
    text = FORMATS[name](everything)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    if name != "evaluation.github.txt" and not name.endswith(".json"):
        assert "::error::" not in text
        assert "##[" not in text


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_text_keeps_to_its_width(columns: int, everything: Evaluation) -> None:
    assert max(len(line) for line in evaluation_text(everything, columns=columns).splitlines()) <= columns


def test_colour_changes_nothing_but_colour(everything: Evaluation) -> None:
    plain = evaluation_text(everything)
    painted = evaluation_text(everything, paint=Paint(True))
    assert painted != plain
    assert re.sub("\x1b\\[[0-9;]*m", "", painted) == plain


def test_a_json_line_survives_lone_surrogates(everything: Evaluation) -> None:
    line = json_line(evaluation_document(everything))
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line) == json.loads(json_text(evaluation_document(everything)))


def test_a_runner_reads_back_what_was_annotated() -> None:
    one = Annotation("error", "50% of\r\na: b, c", "a:b,c%", "rules/a.yaml", 3, 5)
    assert annotation_lines([one]) == (
        "::error file=rules/a.yaml,line=3,col=5,title=a%3Ab%2Cc%25::50%25 of%0Aa: b, c\n"
    )


def test_a_denied_promotion_is_an_error_unless_it_is_observed_only(everything: Evaluation) -> None:
    lacking = RuleView("to-staging", "not_matched", "not met: a signature", "transition", "", "p.yaml", 7)
    for mode, level in (("enforce", "error"), ("observe", "notice")):
        policy = PolicyView("promote", "Promotion", mode, "DENIED", "p.yaml", (lacking,))
        text = annotation_lines(evaluation_annotations(everything._replace(policies=(policy,))))
        word = "DENIED" if mode == "enforce" else "DENIED (does not count)"
        head = f"::{level} file=p.yaml,line=7,title=promote::{word}"
        assert f"{head}%0Ato-staging: not met: a signature\n" in text


def test_ten_annotations_at_most_and_the_weightiest_first() -> None:
    many = [Annotation("notice", f"n{i}") for i in range(8)] + [
        Annotation("error", f"e{i}") for i in range(7)
    ]
    lines = annotation_lines(many).splitlines()
    assert len(lines) == 10
    assert [line.split("::")[1] for line in lines[:7]] == ["error"] * 7
    assert lines[-1].endswith("6 more are in the job summary.")


@pytest.mark.parametrize(
    "text", ["a|b", "`", "``x``", "@octocat #12 https://example.com", "a\nb", "", "*<b>*"]
)
def test_a_code_span_holds_any_text(text: str) -> None:
    span = code(text)
    assert "\n" not in span
    if span:
        fence = re.match("`+", span)
        assert fence is not None
        inner = span[len(fence[0]) : -len(fence[0])]
        assert fence[0] not in re.findall("`+", inner)
        assert not re.search(r"(?<!\\)\|", span)


def test_prose_is_quiet() -> None:
    assert prose("*see* @octocat https://x [a](b) <i>|") == (
        "\\*see\\* @\u200boctocat https:\u200b//x \\[a\\](b) \\<i\\>\\|"
    )


def test_undetermined_rules_of_a_policy_are_one_remark(everything: Evaluation) -> None:
    policy = everything.policies[0]._replace(
        rules=tuple(
            RuleView(
                id=name,
                role="rule",
                status="undetermined",
                reason=f"no data for {name}",
                file="a.yaml",
                line=3,
            )
            for name in ("first", "second")
        ),
        mode="enforce",
        verdict="undetermined",
    )
    told = annotation_lines(evaluation_annotations(everything._replace(policies=(policy,))))
    assert told.count("undetermined") == 1
    assert "2 rules undetermined%0Afirst: no data for first%0Asecond: no data for second" in told
