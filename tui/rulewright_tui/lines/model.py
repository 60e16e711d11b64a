"""What models answered: who, how surely, and what else was possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.evaluate.model_results import format_model_result
from rulewright_tui.lines.row import Row, Span, text_row, wrap_words
from rulewright_tui.masking import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright_tui.glyphs import Glyphs


def model_rows(models: Mapping[str, Mapping[str, Any]], glyphs: Glyphs, width: int) -> Iterator[Row]:
    """Each fact that a model was asked for: the answer, the tiers that were tried, the probabilities as bars, the
    prompt and the cassette."""
    yield text_row("Models", "strong", heading=True)
    for name, found in models.items():
        for line in wrap_words(one_line(format_model_result(name, found)), width, "  "):
            yield text_row(line, key=("fact", name))
        for tried in found.get("tried") or ():
            said = (
                f"{tried.get('provider', '')}: {tried.get('reason', '')}"
                if isinstance(tried, dict)
                else str(tried)
            )
            yield text_row(f"  {glyphs.failed} {one_line(said, 200)}", "muted")
        chances = sorted((found.get("probabilities") or {}).items(), key=lambda pair: (-pair[1], pair[0]))
        longest = max((len(label) for label, _ in chances), default=0)
        for label, chance in chances[:12]:
            yield Row(
                (
                    Span(f"  {one_line(str(label), 30):<{min(longest, 30)}} "),
                    *bar(chance, 16, glyphs),
                    Span(f" {chance:.2f}", "muted"),
                )
            )
        facts = [
            f"{key} {one_line(str(found[key])[:24])}"
            for key in ("prompt", "prompt_sha256", "cassette", "replayed", "seconds", "latency")
            if found.get(key)
        ]
        if facts:
            yield text_row(f"  {', '.join(facts)}", "muted")


def bar(share: float, width: int, glyphs: Glyphs) -> tuple[Span, Span]:
    """A share from 0 to 1 as a bar."""
    full = round(min(max(share, 0.0), 1.0) * width)
    return Span(glyphs.block * full, "accent"), Span(glyphs.track * (width - full), "muted")
