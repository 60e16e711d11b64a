"""Where requests may go: to this machine, and to the hosts of rulewright.yaml."""

from __future__ import annotations

import pytest

from rulewright.measurements.probes.addresses import Addresses, read_value
from rulewright.policy.diagnostics import UsageError

ADDRESSES = Addresses(
    services={"shop": "http://127.0.0.1:4000"},
    bases={
        "local": "http://localhost:8000/v1/",
        "staging": {"env": "STAGING_URL"},
        "other": "https://example.org",
    },
    hosts={"staging-host": "https://staging.example.com"},
    environ={"STAGING_URL": "https://staging.example.com/api", "EMPTY": ""},
)


@pytest.mark.parametrize(
    ("url", "base", "address"),
    [
        ("/health", "shop", "http://127.0.0.1:4000/health"),
        ("/health", None, "http://127.0.0.1:4000/health"),
        ("/chat", "local", "http://localhost:8000/v1/chat"),
        ("/chat", "staging", "https://staging.example.com/api/chat"),
        ("/chat", "staging-host", "https://staging.example.com/chat"),
        ("http://[::1]:9/x", None, "http://[::1]:9/x"),
        ("https://staging.example.com:443/x", None, "https://staging.example.com:443/x"),
    ],
)
def test_an_address(url: str, base: str | None, address: str) -> None:
    assert ADDRESSES.resolve(url, base) == address


@pytest.mark.parametrize(
    ("url", "base", "message"),
    [
        ("/x", "other", "requests to example.org are not allowed"),
        ("https://example.com/x", None, "requests to example.com are not allowed"),
        ("http://staging.example.com/x", None, "requests to staging.example.com are not allowed"),
        ("https://staging.example.com:8443/x", None, "requests to staging.example.com are not allowed"),
        ("https://staging.example.com.evil.org/x", None, "requests to staging.example.com.evil.org"),
        ("https://staging.example.com@evil.org/x", None, "requests to evil.org are not allowed"),
        ("http://127.0.0.1:99999/x", None, "no address of http or https"),
        ("file:///etc/passwd", None, "no address of http or https"),
        ("/x", "shopp", "there is no base `shopp`; did you mean `shop`"),
        ("x", "shop", "neither an address nor a path"),
    ],
)
def test_what_is_refused(url: str, base: str | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ADDRESSES.resolve(url, base)


def test_no_base_at_all() -> None:
    with pytest.raises(UsageError, match="there is no base ``") as caught:
        Addresses().resolve("/x", None)
    assert caught.value.hint == "declare it under `services:` or `bases:`"


def test_values_of_variables() -> None:
    assert read_value("text", {}) == "text"
    assert read_value({"env": "KEY"}, {"KEY": "secret"}) == "secret"
    for environ in ({}, {"KEY": ""}):
        with pytest.raises(UsageError, match="the environment variable KEY is not set"):
            read_value({"env": "KEY"}, environ)
