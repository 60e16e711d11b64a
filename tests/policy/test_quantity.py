from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.policy.quantity import (
    QuantityError,
    format_duration,
    parse_duration,
    parse_moment,
    parse_quantity,
)


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("300ms", 0.3, "duration"),
        ("10s", 10, "duration"),
        ("5m", 300, "duration"),
        ("24h", 86_400, "duration"),
        ("14d", 1_209_600, "duration"),
        ("2w", 1_209_600, "duration"),
        ("1.5h", 5400, "duration"),
        ("1h30m", 5400, "duration"),
        ("1d2h3m4s5ms", 93_784.005, "duration"),
        ("5us", 5e-6, "duration"),
        ("5µs", 5e-6, "duration"),
        ("5μs", 5e-6, "duration"),
        ("3ns", 3e-9, "duration"),
        ("-5m", -300, "duration"),
        ("1 h", 3600, "duration"),
        ("1.1KB", 1100, "size"),
        ("10kB", 10_000, "size"),
        ("1MB", 1e6, "size"),
        ("1GB", 1e9, "size"),
        ("1TB", 1e12, "size"),
        ("4KiB", 4096, "size"),
        ("1MiB", 1_048_576, "size"),
        ("1GiB", 1_073_741_824, "size"),
        ("7B", 7, "size"),
        ("10%", 0.1, "ratio"),
        ("99.9%", 0.999, "ratio"),
        ("0.1%", 0.001, "ratio"),
    ],
)
def test_quantities(text: str, value: float, dimension: str) -> None:
    quantity = parse_quantity(text)
    assert quantity is not None
    assert (quantity.value, quantity.dimension, quantity.text) == (value, dimension, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "abc",
        "1x",
        "30m1h",
        "1h1h",
        "1h 30m",
        "10MB5s",
        "1e3s",
        "١s",
        "1M",
        "1y",
        "h",
        "1..5h",
        "--5m",
        "9" * 400 + "s",
    ],
)
def test_no_quantity(text: str) -> None:
    assert parse_quantity(text) is None


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("7", "`7` is not a duration", "`7s`"),
        ("3 months", "`3 months` is not a duration", "30d"),
        ("5 minutes", "`5 minutes` is not a duration", "`5m`"),
        ("10%", "is a ratio, not a duration", "14d"),
        ("x" * 100, "…` is not a duration", "300ms"),
    ],
)
def test_what_is_no_duration_gets_a_hint(text: str, message: str, hint: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_duration(text)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.3, "300ms"),
        (1.5, "1.5s"),
        (59.9999, "1m"),
        (90, "1m30s"),
        (5400, "1h30m"),
        (86_399, "24h"),
        (86_400, "1d"),
        (100_000, "1d4h"),
        (1_209_600, "14d"),
        (-90, "-1m30s"),
        (0.99999, "1s"),
        (0.0009997, "1ms"),
        (5e-7, "500ns"),
        (1e-12, "0.001ns"),
        (1e-13, "0s"),
        (float("nan"), "?"),
    ],
)
def test_format_duration(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.floats(1e-12, 1e9))
def test_a_formatted_duration_reads_back_within_its_two_units(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, rel=0.03)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-05T09:00:00Z", 1767603600),
        ("2026-01-05t09:00:00z", 1767603600),
        ("2026-01-05T09:00:00.123Z", 1767603600.123),
        ("2026-01-05T09:00:00.123456789Z", 1767603600.123456),
        ("2026-01-05T11:00:00+02:00", 1767603600),
        ("2026-01-05T03:30:00-0530", 1767603600),
        ("2026-01-05T10:00:00+01", 1767603600),
        ("2026-01-05 09:00", 1767603600),
        ("2026-01-05T09:00:00", 1767603600),
        ("2026-01-05", 1767571200),
        ("1970-01-01", 0),
        ("1969-12-31T23:59:59Z", -1),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert parse_moment(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026",
        "2026-1-5",
        "2026-02-30",
        "2026-01-05T24:01:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-05T09:00:00Zjunk",
        "20260105",
        "２026-01-05",
        "2026-W01-1",
        "2026-01-05T09:00:00+99:00",
    ],
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_moment(text) is None


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))
def test_moments_agree_with_datetime(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    assert parse_moment(moment.isoformat()) == moment.timestamp()


@given(st.text(max_size=40))
def test_any_text_is_handled(text: str) -> None:
    moment, quantity = parse_moment(text), parse_quantity(text)
    assert moment is None or isinstance(moment, float)
    assert quantity is None or quantity.text == text
