# ruff: noqa: E501 — a look-alike stands on one line
"""Texts with personal data and secrets in known places, and texts that only look like it: seeded, so that everyone
gets the same ones. Values follow the standards of their formats and are made up; nobody's data is in here.

`texts(seed, count)` yields `Text(text, spans)`, a span being (type, start, end) in code points.
"""

from __future__ import annotations

import base64
import json
import random
import string
from binascii import crc32
from collections.abc import Callable, Iterator
from typing import NamedTuple

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
ALNUM = string.ascii_letters + string.digits
URLSAFE = ALNUM + "-_"


class Text(NamedTuple):
    """`spans` are what must be found in `text`; empty for a hard negative, whose kind is `name`."""

    name: str
    text: str
    spans: tuple[tuple[str, int, int], ...]


def pick(rng: random.Random, signs: str, count: int) -> str:
    return "".join(rng.choices(signs, k=count))


def digits(rng: random.Random, count: int) -> str:
    return pick(rng, string.digits, count)


# -- values ---------------------------------------------------------------------------------------------------


def email(rng: random.Random) -> str:
    first, last = (
        rng.choice(("mona", "hubot", "jules", "ada", "li", "o.neil", "a")),
        rng.choice(("lisa", "roe", "q")),
    )
    local = rng.choice(
        (f"{first}.{last}", f"{first}_{last}{digits(rng, 2)}", f"{first}+{last}", f"{first}-{last}", first)
    )
    host = rng.choice(("octo", "mail.octo", "post-haus", "acme-labs", "a1"))
    return f"{local}@{host}.{rng.choice(('dev', 'com', 'co.uk', 'org', 'museum', 'de', 'io'))}"


def american(rng: random.Random) -> str:
    area = rng.choice(("212", "415", "312", "206", "512", "617", "303", "404", "713", "646"))
    exchange = rng.choice("23456789") + rng.choice("02345678") + rng.choice("0234678")
    line = digits(rng, 4)
    form = rng.choice(
        (
            "({a}) {e}-{n}",
            "{a}-{e}-{n}",
            "{a}.{e}.{n}",
            "{a} {e} {n}",
            "+1 {a} {e} {n}",
            "+1-{a}-{e}-{n}",
            "1-{a}-{e}-{n}",
            "({a}){e}-{n}",
            "+1 ({a}) {e}-{n}",
            "{a}-{e}-{n}x{x}",
            "({a}) {e}-{n} ext. {x}",
            "001-{a}-{e}-{n}",
        )
    )
    return form.format(a=area, e=exchange, n=line, x=digits(rng, 3))


def international(rng: random.Random) -> str:
    form = rng.choice(
        (
            "+44 20 7### ####",
            "+44 7700 9#####",
            "+49 30 2#######",
            "+49 (0) 89 3######",
            "+33 1 4# ## ## ##",
            "+33 6 1# ## ## ##",
            "+61 2 9### ####",
            "+61 4## ### ###",
            "+81 3-3###-####",
            "+91 98### #####",
            "+55 11 9####-####",
            "+34 91# ### ###",
            "+39 06 6### ####",
            "+46 8 5## ### ##",
            "+31 20 6## ####",
            "+41 44 2## ## ##",
            "+353 1 6## ####",
            "+64 9 3## ####",
            "020 7### ####",
            "07700 9#####",
            "030 2#######",
            "01 4# ## ## ##",
            "06 1# ## ## ##",
            "(02) 9### ####",
            "0412 ### ###",
        )
    )
    return "".join(digits(rng, 1) if sign == "#" else sign for sign in form)


def phone(rng: random.Random) -> str:
    return rng.choice((american, international))(rng)


def with_luhn(prefix: str, rng: random.Random, size: int) -> str:
    body = prefix + digits(rng, size - len(prefix) - 1)
    total = 0
    for place, sign in enumerate(reversed(body)):
        number = int(sign) * (1 if place % 2 else 2)
        total += number - 9 if number > 9 else number
    return body + str(-total % 10)


def card(rng: random.Random) -> str:
    prefix, size = rng.choice(
        (("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("3530", 16))
    )
    number = with_luhn(prefix, rng, size)
    cuts = (4, 10) if size == 15 else (4, 8, 12)
    sign = rng.choice(("", " ", "-"))
    parts = [number[low:high] for low, high in zip((0, *cuts), (*cuts, size), strict=True)]
    return sign.join(parts)


def iban(rng: random.Random) -> str:
    country, form = rng.choice(
        (
            ("DE", "d" * 18),
            ("GB", "LLLL" + "d" * 14),
            ("FR", "d" * 23),
            ("NL", "LLLL" + "d" * 10),
            ("ES", "d" * 20),
            ("CH", "d" * 17),
            ("BE", "d" * 12),
            ("IT", "L" + "d" * 22),
            ("SE", "d" * 20),
            ("NO", "d" * 11),
            ("PL", "d" * 24),
        )
    )
    body = "".join(rng.choice(string.ascii_uppercase) if sign == "L" else digits(rng, 1) for sign in form)
    check = 98 - int("".join(str(int(sign, 36)) for sign in f"{body}{country}00")) % 97
    whole = f"{country}{check:02}{body}"
    return rng.choice((whole, " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))))


def ssn(rng: random.Random) -> str:
    area = rng.choice([n for n in range(1, 900) if n != 666])
    return f"{area:03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"


def itin(rng: random.Random) -> str:
    return f"9{digits(rng, 2)}-{rng.choice((*range(50, 66), *range(70, 89), 90, 91, 92))}-{digits(rng, 4)}"


def ip(rng: random.Random) -> str:
    if rng.random() < 0.25:
        return f"2a02:{pick(rng, '123456789abcdef', 4)}:{pick(rng, '123456789abcdef', 3)}::{pick(rng, '123456789abcdef', 4)}"
    return f"{rng.choice((8, 23, 52, 81, 93, 104, 151, 185, 217))}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(100, 254)}"


def checked(prefix: str, rng: random.Random) -> str:
    body = pick(rng, ALNUM, 30)
    number, out = crc32(body.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        out = BASE62[rest] + out
    return prefix + body + out


def jwt(rng: random.Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': digits(rng, 8), 'iat': 1700000000})}.{pick(rng, URLSAFE, 43)}"


def pem(rng: random.Random) -> str:
    kind = rng.choice(("RSA ", "EC ", "OPENSSH ", ""))
    lines = "\n".join(pick(rng, ALNUM + "+/", 64) for _ in range(rng.randint(3, 8)))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


HEX = "0123456789abcdef"
VALUES: dict[str, tuple[Callable[[random.Random], str], ...]] = {
    "email": (email,),
    "phone": (phone,),
    "card": (card,),
    "iban": (iban,),
    "ssn": (ssn,),
    "itin": (itin,),
    "ip": (ip,),
    "github_token": (
        lambda r: checked(r.choice(("ghp_", "gho_", "ghu_", "ghs_", "ghr_")), r),
        lambda r: f"github_pat_{pick(r, ALNUM, 22)}_{pick(r, ALNUM, 59)}",
    ),
    "aws_key": (lambda r: f"{r.choice(('AKIA', 'ASIA'))}{pick(r, string.ascii_uppercase + '234567', 16)}",),
    "gcp_key": (lambda r: f"AIza{pick(r, URLSAFE, 34)}{pick(r, ALNUM, 1)}",),
    "slack_token": (lambda r: f"xoxb-{digits(r, 12)}-{digits(r, 12)}-{pick(r, ALNUM, 24)}",),
    "slack_webhook": (
        lambda r: (
            f"https://hooks.slack.com/services/T{pick(r, BASE62[:36], 9)}/B{pick(r, BASE62[:36], 9)}/{pick(r, ALNUM, 24)}"
        ),
    ),
    "stripe_key": (lambda r: f"sk_live_{pick(r, ALNUM, 24)}", lambda r: f"rk_test_{pick(r, ALNUM, 99)}"),
    "openai_key": (
        lambda r: f"sk-{pick(r, ALNUM, 20)}T3BlbkFJ{pick(r, ALNUM, 20)}",
        lambda r: f"sk-proj-{pick(r, ALNUM, 74)}T3BlbkFJ{pick(r, ALNUM, 74)}",
    ),
    "anthropic_key": (lambda r: f"sk-ant-api03-{pick(r, URLSAFE, 93)}AA",),
    "npm_token": (lambda r: checked("npm_", r),),
    "pypi_token": (lambda r: f"pypi-AgEIcHlwaS5vcmc{pick(r, URLSAFE, 120)}a",),
    "gitlab_token": (lambda r: f"glpat-{pick(r, ALNUM, 20)}",),
    "twilio_key": (lambda r: f"SK{pick(r, HEX, 32)}",),
    "sendgrid_key": (lambda r: f"SG.{pick(r, URLSAFE, 22)}.{pick(r, URLSAFE, 43)}",),
    "jwt": (jwt,),
    "private_key": (pem,),
}

# -- sentences ------------------------------------------------------------------------------------------------

ANY = (
    "{}",
    "I pasted {} by accident.",
    "After the upgrade it prints {}, is that expected?",
    "Steps:\n1. start it\n2. see {}\n",
    "> {}\n\nSame here.",
    "```\nvalue: {}\n```",
    "The log says `{}` twice.",
)
SENTENCES: dict[str, tuple[str, ...]] = {
    "email": ("Mail me at {}.", "Reported-by: Mona <{}>", "Contact {} or open a ticket", "to={}&cc="),
    "phone": (
        "Call me at {} after nine.",
        "My number is {}.",
        "Tel: {}",
        "Reach us on {}, please",
        "fax {}",
        "Mona, {}\nhubot",
        "{} is how you get hold of me",
    ),
    "card": ("My card {} was declined.", "Charge {} please", "Payment with {} fails"),
    "iban": ("Please wire it to {}.", "IBAN: {}", "account {} at the bank"),
    "ssn": ("My SSN is {}.", "social security number: {}", "ssn={}"),
    "itin": ("ITIN {}", "My taxpayer number is {}."),
    "ip": ("The server at {} does not answer.", "ping {} times out", "Connection from {} refused", "host {}"),
}


def bad_card(rng: random.Random) -> str:
    """Sixteen digits in a card's groups, the last of them one too high for the checksum."""
    number = with_luhn("4", rng, 16)
    number = number[:-1] + str((int(number[-1]) + 1) % 10)
    return " ".join(number[at : at + 4] for at in range(0, 16, 4))


NEGATIVES: dict[str, Callable[[random.Random], str]] = {
    "version": lambda r: (
        f"Upgraded from v{r.randint(0, 9)}.{r.randint(0, 30)}.{r.randint(0, 9)} to version {r.randint(1, 9)}.{r.randint(0, 30)}.{r.randint(0, 9)}.{r.randint(0, 9)}"
    ),
    "package": lambda r: (
        f"react@{r.randint(15, 19)}.{r.randint(0, 9)}.{r.randint(0, 9)} and actions/checkout@v4.{r.randint(0, 3)}.{r.randint(0, 9)}"
    ),
    "commit": lambda r: f"Fixed in {pick(r, HEX, 40)}, see also {pick(r, HEX, 7)}.",
    "uuid": lambda r: (
        f"request id {pick(r, HEX, 8)}-{pick(r, HEX, 4)}-4{pick(r, HEX, 3)}-a{pick(r, HEX, 3)}-{pick(r, HEX, 12)} failed"
    ),
    "digits-uuid": lambda r: (
        f"trace {digits(r, 8)}-{digits(r, 4)}-4{digits(r, 3)}-8{digits(r, 3)}-{digits(r, 12)}"
    ),
    "date": lambda r: (
        f"Since 20{r.randint(10, 26)}-{r.randint(1, 12):02}-{r.randint(1, 28):02} {r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02},{digits(r, 3)} it fails"
    ),
    "dates": lambda r: (
        f"between {r.randint(1, 28):02}/{r.randint(1, 12):02}/2025 and {r.randint(1, 28):02}.{r.randint(1, 12):02}.2026"
    ),
    "order": lambda r: f"Order {digits(r, 10)} and invoice #{digits(r, 12)} are lost",
    "epoch": lambda r: f"timestamp: 17{digits(r, 8)}, in milliseconds 17{digits(r, 11)}",
    "frame": lambda r: (
        f'  File "/usr/lib/python3.11/site.py", line {r.randint(1, 999)}, in main\n    at 0x{pick(r, HEX, 12)} (app.js:{r.randint(1, 999)}:{r.randint(1, 99)})'
    ),
    "issue": lambda r: f"Duplicate of #{r.randint(1, 99999)} and octo-org/demo#{r.randint(1, 9999)}",
    "price": lambda r: f"It costs $1,{digits(r, 3)}.{digits(r, 2)} or 1 {digits(r, 3)} {digits(r, 3)},00 EUR",
    "image": lambda r: f"data:image/png;base64,{base64.b64encode(r.randbytes(300)).decode()}",
    "sums": lambda r: f"sha256:{pick(r, HEX, 64)}  md5 {pick(r, HEX, 32)}",
    "private": lambda r: (
        f"listening on 127.0.0.1:{r.randint(1000, 9999)}, 10.{r.randint(0, 255)}.0.{r.randint(1, 254)} and 192.168.0.{r.randint(1, 254)}; fe80::{pick(r, HEX[1:], 4)}"
    ),
    "example": lambda r: (
        f"write to {r.choice(('a', 'me', 'user'))}@example.com or me@mail.test.com, {digits(r, 6)}+mona@users.noreply.github.com"
    ),
    "fiction": lambda r: f"call (212) 555-{digits(r, 4)} or 555-{digits(r, 4)}",
    "placeholder": lambda r: (
        "api_key: your-api-key\npassword=changeme\nTOKEN=${TOKEN}\nsecret: <secret>\ntoken: xxxxxxxxxxxxxxxxxxxx\nAKIAIOSFODNN7EXAMPLE"
    ),
    "code": lambda r: (
        'token = get_token(request)\npassword = os.environ["PASSWORD"]\nif token is None: raise ValueError("no token")'
    ),
    "remote": lambda r: (
        "git clone git@github.com:octo-org/demo.git; image icon@2x.png; std::vector<int> a::b::c"
    ),
    "clock": lambda r: (
        f"12:{r.randint(10, 59)}:{r.randint(10, 59)} took 00:00:0{r.randint(1, 9)}; mac 00:1a:{pick(r, HEX, 2)}:3c:4d:5e"
    ),
    "numbers": lambda r: (
        f"loss {r.random():.12f} after {r.randint(10**6, 10**7):,} steps, size {2 ** r.randint(30, 50)} bytes"
    ),
    "bad-card": bad_card,
    "bad-iban": lambda r: f"DE00 {digits(r, 4)} {digits(r, 4)} {digits(r, 4)} {digits(r, 4)} {digits(r, 2)}",
    "bad-ssn": lambda r: (
        f"{r.choice(('000', '666'))}-{digits(r, 2)}-{digits(r, 4)}, 078-05-1120, 219-09-9999"
    ),
    "bad-token": lambda r: (
        f"gh_{pick(r, ALNUM, 36)} ghp_{pick(r, ALNUM, 20)} sk-{pick(r, ALNUM, 8)} npm_config_cache"
    ),
    "agent": lambda r: (
        f"Mozilla/5.0 (X11) Chrome/{r.randint(90, 140)}.0.0.0 Safari/537.36 build 10.0.{r.randint(256, 22621)}.1"
    ),
    "section": lambda r: (
        f"8.2.4.{r.randint(1, 19)} Markup, see section 4.3.2.1 and OID 1.3.6.1.4.1.{r.randint(1, 9999)}.2.1"
    ),
    "json": lambda r: (
        f'{{"id": {digits(r, 10)}, "user": {r.randint(2 * 10**9, 9 * 10**9)}, "size": {digits(r, 12)}}}'
    ),
    "isbn": lambda r: (
        f"ISBN 978-3-16-{digits(r, 6)}-0, part 123-{digits(r, 4)}, article 12-{digits(r, 2)}-{digits(r, 3)}"
    ),
    "kernel": lambda r: (
        f"Linux 5.15.0-{r.randint(10, 99)}-generic, v1.2-{r.randint(1, 99)}-g{pick(r, HEX, 7)}, driver 31.0.15.{r.randint(1000, 9999)}"
    ),
    "dump": lambda r: (
        f"0000{r.randint(1, 9)}0: 00 12 34 56 78 9a " + " ".join(pick(r, HEX, 2) for _ in range(10))
    ),
    "csv": lambda r: ",".join(str(r.randint(0, 10**9)) for _ in range(8)),
    "floats": lambda r: " ".join(f"{r.uniform(-180, 180):.{r.randint(4, 9)}f}" for _ in range(6)),
    "range": lambda r: (
        f"rows 100-200-{digits(r, 4)}, bytes {r.randint(1, 9)}000000-{r.randint(1, 9)}9999999, 20{r.randint(10, 26)}0{r.randint(1, 9)}1{digits(r, 1)}-1{digits(r, 5)}"
    ),
    "words": lambda r: (
        "The token is invalid. Password: required. Secret: none. API key is missing, see docs/secrets.md for the key format."
    ),
    "snake": lambda r: (
        "max_token_length=4096 tokenizer: bert-base-uncased secret_name: my-service-credentials key=value"
    ),
    "cache-key": lambda r: f"cache key: linux-pip-{pick(r, HEX, 64)}; next_token=None; primary key: user_id",
    "progress": lambda r: (
        f"[{r.randint(1, 99)}/{r.randint(100, 999)}] 12.5/34.7 MB 1.2.3 [ 45%] 1024x768 eta 0:01:{r.randint(10, 59)}"
    ),
    "matrix": lambda r: " ".join(str(r.randint(0, 255)) for _ in range(24)),
    "masked": lambda r: "[masked: email] and [masked: phone] were here, see [masked: github_token]",
}


def texts(seed: int, count: int) -> Iterator[Text]:
    """`count` texts of every type and of every kind of negative; the same for the same seed."""
    rng = random.Random(seed)
    for kind, makers in VALUES.items():
        for _ in range(count):
            value = rng.choice(makers)(rng)
            sentence = rng.choice((*ANY, *SENTENCES.get(kind, ()), *SENTENCES.get(kind, ())))
            before, _, after = sentence.partition("{}")
            yield Text(kind, f"{before}{value}{after}", ((kind, len(before), len(before) + len(value)),))
    for name, make in NEGATIVES.items():
        for _ in range(count):
            yield Text(name, make(rng), ())


def scores(found: list[tuple[Text, list[tuple[str, int, int]]]]) -> dict[str, tuple[float, float, float]]:
    """Type → (precision, recall, F1). A finding counts when at least three quarters of both spans are the same."""
    right: dict[str, int] = {}
    wrong: dict[str, int] = {}
    missed: dict[str, int] = {}
    for text, findings in found:
        left = list(text.spans)
        for finding in findings:
            hit = next((span for span in left if same(span, finding)), None)
            if hit is None:
                wrong[finding[0]] = wrong.get(finding[0], 0) + 1
            else:
                left.remove(hit)
                right[hit[0]] = right.get(hit[0], 0) + 1
        for span in left:
            missed[span[0]] = missed.get(span[0], 0) + 1
    out = {}
    for kind in {*right, *wrong, *missed}:
        good = right.get(kind, 0)
        precision = good / (good + wrong.get(kind, 0)) if good else 0.0
        recall = good / (good + missed.get(kind, 0)) if good else 0.0
        both = precision + recall
        out[kind] = (precision, recall, 2 * precision * recall / both if both else 0.0)
    return out


def same(span: tuple[str, int, int], finding: tuple[str, int, int]) -> bool:
    inner = min(span[2], finding[2]) - max(span[1], finding[1])
    outer = max(span[2], finding[2]) - min(span[1], finding[1])
    return span[0] == finding[0] and inner >= 0.75 * outer
