# ruff: noqa: E501 — a look-alike stands on one line
"""Texts with personal data and secrets in known places, and texts that only look like it: seeded, so that everyone
gets the same ones. Values follow the standards of their formats and are made up; nobody's data is in here.

`texts(seed, count)` yields `Text(text, spans)`, a span being (type, start, end) in code points. `PLACED` holds secrets
that only what stands around them makes known, `EMBEDDINGS` the ways in which a token is pasted: between quotes, in an
escape, over two lines, with unseen characters inside.
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
GITLAB = (
    *("glpat-", "gldt-", "glrt-", "glptt-", "glft-", "glsoat-", "gloas-", "glagent-"),
    *("glimt-", "glffct-", "glwt-", "GR1348941"),
)


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
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': digits(rng, 8), 'iat': 1700000000})}.{pick(rng, URLSAFE, 43)}"


def pem(rng: random.Random) -> str:
    kind = rng.choice(("RSA ", "EC ", "OPENSSH ", ""))
    lines = "\n".join(pick(rng, ALNUM + "+/", 64) for _ in range(rng.randint(3, 8)))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def make_unsigned_jwt(rng: random.Random) -> str:
    """A token whose algorithm is `none`, with its last dot or without."""
    head = part({"alg": rng.choice(("none", "None")), "typ": "JWT"})
    return f"{head}.{part({'sub': digits(rng, 20), 'jti': pick(rng, ALNUM, 32)})}{rng.choice(('', '.'))}"


def putty(rng: random.Random) -> str:
    def block(count: int) -> str:
        return "\n".join(pick(rng, ALNUM + "+/", 64) for _ in range(count))

    return (
        f"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: rsa-key-20250105\nPublic-Lines: 6\n{block(6)}\n"
        f"Private-Lines: 14\n{block(14)}\nPrivate-MAC: {pick(rng, HEX, 64)}"
    )


def discord(rng: random.Random) -> str:
    number = base64.b64encode(str(rng.randint(10**17, 10**18 - 1)).encode()).decode()
    return f"{number}.G{pick(rng, URLSAFE, 4)}{pick(rng, ALNUM, 1)}.{pick(rng, URLSAFE, 37)}{pick(rng, ALNUM, 1)}"


BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
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
    "gitlab_token": (
        lambda r: f"{r.choice(GITLAB)}{pick(r, ALNUM, 20)}",
        lambda r: f"glpat-{pick(r, URLSAFE, 26)}a.01.{pick(r, string.digits + string.ascii_lowercase, 9)}",
        lambda r: f"glcbt-{pick(r, HEX, 2)}_{pick(r, ALNUM, 20)}",
    ),
    "twilio_key": (lambda r: f"SK{pick(r, HEX, 32)}",),
    "sendgrid_key": (lambda r: f"SG.{pick(r, URLSAFE, 22)}.{pick(r, URLSAFE, 43)}",),
    "jwt": (jwt, make_unsigned_jwt),
    "private_key": (pem, putty, lambda r: f"AGE-SECRET-KEY-1{pick(r, BECH32, 58)}"),
    "huggingface_token": (lambda r: f"hf_{pick(r, string.ascii_letters, 34)}",),
    "azure_key": (
        lambda r: f"{pick(r, URLSAFE + '~.', 3)}8Q~{pick(r, URLSAFE + '~.', 33)}{pick(r, ALNUM, 1)}",
    ),
    "azure_devops_token": (lambda r: f"{pick(r, ALNUM, 76)}AZDO{pick(r, ALNUM, 4)}",),
    "discord_token": (discord,),
    "discord_webhook": (
        lambda r: (
            f"https://discord.com/api/webhooks/1{digits(r, 18)}/{pick(r, URLSAFE, 67)}{pick(r, ALNUM, 1)}"
        ),
    ),
    "telegram_token": (
        lambda r: f"{r.randint(10**8, 10**10 - 1)}:AA{pick(r, URLSAFE, 32)}{pick(r, ALNUM, 1)}",
    ),
    "docker_token": (lambda r: f"dckr_pat_{pick(r, URLSAFE, 26)}{pick(r, ALNUM, 1)}",),
    "digitalocean_token": (lambda r: f"{r.choice(('dop', 'doo', 'dor'))}_v1_{pick(r, HEX, 64)}",),
    "databricks_token": (lambda r: f"dapi{pick(r, HEX, 32)}",),
    "shopify_token": (lambda r: f"shp{r.choice(('at', 'ca', 'pa', 'ss'))}_{pick(r, HEX, 32)}",),
    "vault_token": (
        lambda r: f"hvs.CAESI{pick(r, URLSAFE, 85)}{pick(r, ALNUM, 1)}",
        lambda r: f"hvb.AAAAAQ{pick(r, URLSAFE, 140)}{pick(r, ALNUM, 1)}",
        lambda r: f"hvr.{pick(r, ALNUM, 24)}",
    ),
    "terraform_token": (lambda r: f"{pick(r, ALNUM, 14)}.atlasv1.{pick(r, URLSAFE, 66)}{pick(r, ALNUM, 1)}",),
    "grafana_token": (
        lambda r: f"glc_eyJvIjoi{pick(r, ALNUM, 120)}=",
        lambda r: f"glsa_{pick(r, ALNUM, 32)}_{pick(r, HEX, 8)}",
    ),
    "atlassian_token": (
        lambda r: f"ATATT3xFfGF0{pick(r, URLSAFE, 171)}={pick(r, HEX, 8).upper()}",
        lambda r: f"ATBB{pick(r, ALNUM, 32)}",
    ),
    "linear_key": (lambda r: f"lin_api_{pick(r, ALNUM, 40)}",),
    "notion_token": (
        lambda r: f"ntn_{digits(r, 11)}{pick(r, ALNUM, 35)}",
        lambda r: f"secret_{pick(r, ALNUM, 43)}",
    ),
    "postman_key": (lambda r: f"PMAK-{pick(r, HEX, 24)}-{pick(r, HEX, 34)}",),
    "mailgun_key": (lambda r: f"key-{pick(r, HEX, 32)}",),
    "mailchimp_key": (lambda r: f"{pick(r, HEX, 32)}-us{r.randint(1, 21)}",),
    "square_token": (
        lambda r: f"sq0atp-{pick(r, URLSAFE, 21)}{pick(r, ALNUM, 1)}",
        lambda r: f"EAAA{pick(r, URLSAFE, 59)}{pick(r, ALNUM, 1)}",
    ),
    "sentry_token": (
        lambda r: f"sntrys_eyJpYXQiO{pick(r, ALNUM, 150)}_{pick(r, ALNUM + '+/', 42)}{pick(r, ALNUM, 1)}",
        lambda r: f"sntryu_{pick(r, HEX, 64)}",
    ),
    "doppler_token": (
        lambda r: f"dp.pt.{pick(r, ALNUM, 43)}",
        lambda r: f"dp.st.{r.choice(('dev', 'prd_api'))}.{pick(r, ALNUM, 43)}",
    ),
    "cargo_token": (lambda r: f"cio{pick(r, ALNUM, 32)}",),
    "rubygems_key": (lambda r: f"rubygems_{pick(r, HEX, 48)}",),
    "replicate_token": (lambda r: f"r8_{pick(r, ALNUM, 37)}",),
    "groq_key": (lambda r: f"gsk_{pick(r, ALNUM, 52)}",),
    "xai_key": (lambda r: f"xai-{pick(r, ALNUM, 80)}",),
}

# -- secrets that what stands around them makes known ----------------------------------------------------------


def password(rng: random.Random) -> str:
    """As people and generators make them: a word with additions, or signs by chance."""
    word = rng.choice(("Sommer", "dragon", "Rosebud", "winter", "Kestrel", "tango", "Pa55word", "monk3y"))
    return rng.choice(
        (
            f"{word}{rng.choice('!@#$%&*-_.')}{digits(rng, 4)}",
            f"{word}{digits(rng, 3)}{rng.choice('!?$#')}x",
            f"{word.title()}{digits(rng, 4)}",
            pick(rng, ALNUM, rng.randint(12, 24)),
            pick(rng, ALNUM + "!@#%^*-_=+", rng.randint(12, 20)) + pick(rng, ALNUM, 2),
            pick(rng, HEX, 24),
        )
    )


def key(rng: random.Random) -> str:
    return rng.choice(
        (pick(rng, ALNUM, 32), pick(rng, HEX, 32), pick(rng, HEX, 64), pick(rng, ALNUM + "+/", 43) + "=")
    )


def uuid(rng: random.Random) -> str:
    return "-".join(pick(rng, HEX, size) for size in (8, 4, 4, 4, 12))


def login(rng: random.Random) -> str:
    return base64.b64encode(f"{rng.choice(('mona', 'deploy', 'svc-ci'))}:{password(rng)}".encode()).decode()


def odd(rng: random.Random) -> str:
    """A password with a sign that ends most other parts of a URL."""
    return f"{pick(rng, ALNUM, 6)}{rng.choice('$#/!&')}{pick(rng, ALNUM, 6)}"


Placed = Callable[[random.Random], tuple[str, str, str]]
"""What stands before the secret, the secret, what stands behind it."""


def place_value(before: str, make: Callable[[random.Random], str], after: str = "") -> Placed:
    return lambda rng: (before, make(rng), after)


PLACED: dict[str, dict[str, Placed]] = {
    "password": {
        "env": place_value("DB_HOST=db\nDB_PASSWORD=", password, "\nDB_PORT=5432\n"),
        "env-export": place_value("export PGPASSWORD=", password, "\npsql -h db"),
        "env-mysql": place_value("MYSQL_PWD=", password, " mysql -u root shop"),
        "env-quoted": place_value('SMTP_PASS="', password, '"\n'),
        "yaml": place_value("database:\n  user: mona\n  password: ", password, "\n  port: 1\n"),
        "yaml-quoted": place_value("  password: '", password, "'\n"),
        "spring": place_value("spring.datasource.password=", password, "\n"),
        "json": place_value('{"user": "mona", "password": "', password, '", "port": 1}'),
        "xml": place_value("<server><password>", lambda r: pick(r, ALNUM, 16), "</password></server>"),
        "python": place_value("connect(user='mona', password='", password, "', port=1)"),
        "option": place_value("tool login --user mona --password ", password, " --verbose"),
        "option-equals": place_value("tool login --password=", password, " --verbose"),
        "mysql": place_value("mysql -u root -p'", password, "' shop"),
        "docker": place_value("docker login -u mona -p ", password, " registry.octo.dev"),
        "sshpass": place_value("sshpass -p '", password, "' ssh mona@host"),
        "curl": place_value("curl -u mona:", password, " https://api.octo.dev/v1"),
        "curl-long": place_value("curl --user 'mona:", password, "' https://api.octo.dev/v1"),
        "prose": place_value("For the record, my password is ", password, " and it worked yesterday."),
        "prose-colon": place_value("Login: mona, password: ", password, "\n"),
        "netrc": place_value("machine api.octo.dev login mona password ", password, "\n"),
        "netrc-lines": place_value("machine api.octo.dev\n  login mona\n  password ", password, "\n"),
        "jdbc": place_value("jdbc:postgresql://db/shop?user=mona&password=", lambda r: pick(r, ALNUM, 14), "&ssl=true"),
        "ado": place_value("Server=db;User Id=mona;Password=", lambda r: pick(r, ALNUM, 14) + "!x", ";Encrypt=true"),
    },
    "secret": {
        "rails": place_value("SECRET_KEY_BASE=", lambda r: pick(r, HEX, 128), "\n"),
        "client": place_value("client_secret: ", lambda r: pick(r, ALNUM, 32), "\n"),
        "django": place_value("SECRET_KEY = '", lambda r: pick(r, string.ascii_lowercase + string.digits + "!@#%^&*(-_=+)", 50), "'"),
        "token": place_value("APP_TOKEN=", key, "\n"),
        "access-token": place_value('{"access_token": "', key, '", "expires_in": 3600}'),
        "query": place_value("GET https://api.octo.dev/v1/x?token=", lambda r: pick(r, ALNUM, 24), "&page=2"),
        "query-access": place_value("https://api.octo.dev/?access_token=", lambda r: pick(r, ALNUM, 32)),
        "webhook": place_value("webhook_secret = \"", key, '"'),
    },
    "api_key": {
        "env": place_value("ACME_API_KEY=", key, "\n"),
        "header": place_value("X-Api-Key: ", key, "\n"),
        "query": place_value("https://api.octo.dev/v1?api_key=", lambda r: pick(r, ALNUM, 32), "&q=1"),
        "option": place_value("tool --api-key ", key, " run"),
    },
    "aws_key": {
        "secret": place_value("aws_secret_access_key = ", lambda r: pick(r, ALNUM + "+/", 39) + pick(r, ALNUM, 1), "\n"),
        "session": place_value("AWS_SESSION_TOKEN=", lambda r: f"IQoJb3JpZ2luX2VjE{pick(r, ALNUM + '+/', 340)}", "\n"),
    },
    "azure_key": {
        "storage": place_value("DefaultEndpointsProtocol=https;AccountKey=", lambda r: pick(r, ALNUM + "+/", 86) + "==", ";x=y"),
        "sas": place_value("https://x.blob.core.windows.net/a?sv=2022&sig=", lambda r: pick(r, ALNUM, 40) + "%2B" + "ab%3D", "&se=1"),
    },
    "gcp_key": {
        "refresh": place_value('"refresh_token": "', lambda r: f"1//0{pick(r, URLSAFE, 98)}{pick(r, ALNUM, 1)}", '"'),
    },
    "npm_token": {"uuid": place_value("//packages.octo.dev/:_authToken=", uuid, "\n")},
    "basic_auth": {
        "header": place_value("Authorization: Basic ", login, "\n"),
        "docker": place_value('{"auths": {"ghcr.io": {"auth": "', login, '"}}}'),
        "npmrc": place_value("//npm.octo.dev/:_auth=", login, "\n"),
        "npmrc-password": place_value("_password=", lambda r: base64.b64encode(password(r).encode()).decode(), "\n"),
    },
    "session_cookie": {
        "request": place_value("Cookie: theme=dark; sessionid=", lambda r: pick(r, string.ascii_lowercase + string.digits, 32), "; lang=en"),
        "response": place_value("Set-Cookie: connect.sid=", lambda r: f"s%3A{pick(r, URLSAFE, 31)}a.{pick(r, ALNUM, 43)}", "; Path=/; HttpOnly"),
        "curl": place_value("curl -b 'user_session=", lambda r: pick(r, URLSAFE, 47) + "a", "' https://octo.dev"),
    },
    "bearer_token": {"header": place_value("Authorization: Bearer ", lambda r: pick(r, ALNUM, 40), "\n")},
    "url_credentials": {
        "password": lambda r: ("postgres://", f"mona:{pick(r, ALNUM, 14)}", "@db.octo.dev:5432/shop"),
        "odd-password": lambda r: ("redis://", f"mona:{odd(r)}", "@cache.octo.dev:6379/0"),
        "sample-user": lambda r: ("https://", f"sample_user:{pick(r, ALNUM, 14)}", "@octo.dev/x"),
        "your-user": lambda r: ("amqp://", f"yourapp:{pick(r, ALNUM, 14)}", "@mq.octo.dev"),
        "apostrophe": lambda r: ("mysql://", f"mona:{pick(r, ALNUM, 6)}'{pick(r, ALNUM, 6)}", "@db.octo.dev/shop"),
        "token": place_value("git clone https://", lambda r: pick(r, ALNUM, 40), "@git.octo.dev/a/b.git"),
        "stand-in": place_value("https://x-access-token:", lambda r: pick(r, ALNUM, 40), "@git.octo.dev/a/b.git"),
    },
}  # fmt: skip
"""Type → variant → a text with such a secret in it."""

# -- embeddings -----------------------------------------------------------------------------------------------


def wide(value: str) -> str:
    """Every other letter and digit as its full-width form."""
    return "".join(chr(ord(c) + 0xFEE0) if n % 2 and c.isalnum() else c for n, c in enumerate(value))


def inside(value: str, sign: str) -> str:
    """`sign` in three places inside the value."""
    third = len(value) // 3
    return f"{value[:third]}{sign}{value[third : 2 * third]}{sign}{value[2 * third : -2]}{sign}{value[-2:]}"


def halves(value: str, between: str) -> str:
    return f"{value[: len(value) // 2]}{between}{value[len(value) // 2 :]}"


EMBEDDINGS: dict[str, Callable[[str], tuple[str, str, str]]] = {
    "sentence": lambda v: ("I pasted ", v, " by accident."),
    "sentence-end": lambda v: ("The log shows ", v, ".\n"),
    "fence": lambda v: ("```\n", v, "\n```\n"),
    "quoted": lambda v: ('x = "', v, '"'),
    "backticks": lambda v: ("It is `", v, "`, as said"),
    "assigned": lambda v: ("export VALUE=", v, "\nexport NEXT=1\n"),
    "parentheses": lambda v: ("(", v, ")"),
    "json-newline": lambda v: ('{"log": "started\\n', v, '\\nstopped"}'),
    "percent": lambda v: ("/login?next=%2Fa%3D", v.replace("/", "%2F").replace("=", "%3D"), "%26x"),
    "percent-space": lambda v: ("q=use%20", v, "%20now"),
    "unicode-escape": lambda v: ('"a\\u003d', v, '\\u0026b"'),
    "python-escape": lambda v: ("b'a\\x3d", v, "\\r\\n'"),
    "underscores": lambda v: ("see _", v, "_ there"),
    "prefixed": lambda v: ("MY_", v, " leaked"),
    "markdown": lambda v: ("see ", v.replace("_", "\\_").replace("-", "\\-"), " there"),
    "html": lambda v: ("<td>", v.replace("_", "&#95;").replace("-", "&#x2d;"), "</td>"),
    "concatenated": lambda v: ('f("', halves(v, '" + "'), '")'),
    "concatenated-dot": lambda v: ("$a = '", halves(v, "' . '"), "';"),
    "adjacent": lambda v: ('f("', halves(v, '"\n  "'), '")'),
    "wrapped": lambda v: ("The log shows\n", halves(v, "\n"), " and stops\n"),
    "wrapped-quote": lambda v: ("> ", halves(v, "\n> "), "\n\nSame here"),
    "wrapped-shell": lambda v: ("tool ", halves(v, "\\\n"), "\n"),
    "colour": lambda v: ("token \x1b[31m", v, "\x1b[0m printed"),
    "colour-inside": lambda v: ("token ", halves(v, "\x1b[0m\x1b[1;32m"), " printed"),
    "zero-width": lambda v: ("see ", inside(v, "\u200b"), " there"),
    "isolate": lambda v: ("see ", inside(v, "\u2066"), " there"),
    "filler": lambda v: ("see ", inside(v, "\u3164"), " there"),
    "selector": lambda v: ("see ", inside(v, "\U000e0101"), " there"),
    "full-width": lambda v: ("see ", wide(v), " there"),
    "combining": lambda v: ("see ", inside(v, "\u0301") + "\u0308", " there"),
}
"""Ways in which a token is pasted: what stands before it, how it is written, what stands behind."""

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
    "digest-name": lambda r: (
        f"octo/app@sha256:{pick(r, HEX, 64)}, tag v1.{r.randint(0, 9)}.0-{r.randint(1, 99)}-g{pick(r, HEX, 7)}"
    ),
    "integrity": lambda r: (
        f'"resolved": "https://packages.octo.dev/ms/-/ms-2.1.3.tgz",\n"integrity": "sha512-{base64.b64encode(r.randbytes(64)).decode()}"'
    ),
    "yarn": lambda r: (
        f'ms@^2.1.1:\n  resolved "https://packages.octo.dev/ms/-/ms-2.1.3.tgz#{pick(r, HEX, 40)}"\n  integrity sha512-{base64.b64encode(r.randbytes(64)).decode()}'
    ),
    "poetry": lambda r: (
        f'{{file = "attrs-23.1.0.whl", hash = "sha256:{pick(r, HEX, 64)}"}}\ncontent-hash = "{pick(r, HEX, 64)}"'
    ),
    "cargo": lambda r: f'[[package]]\nname = "serde"\nchecksum = "{pick(r, HEX, 64)}"',
    "pip-hash": lambda r: (
        f"requests==2.32.3 --hash=sha256:{pick(r, HEX, 64)} --hash=sha256:{pick(r, HEX, 64)}"
    ),
    "go-sum": lambda r: (
        f"golang.org/x/text v0.3.{r.randint(0, 9)} h1:{base64.b64encode(r.randbytes(32)).decode()}"
    ),
    "trace": lambda r: (
        f"traceparent: 00-{pick(r, HEX, 32)}-{pick(r, HEX, 16)}-01\nX-Trace-Id: {pick(r, HEX, 32)} span_id={pick(r, HEX, 16)}"
    ),
    "pods": lambda r: (
        f"pod/api-server-{pick(r, HEX, 9)}-{pick(r, BASE62[10:36].lower(), 5)} secretName: my-tls-secret, secretKeyRef: api-token"
    ),
    "public-key": lambda r: (
        f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB{pick(r, ALNUM + '+/', 340)} mona@host\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{pick(r, ALNUM + '+/', 43)}"
    ),
    "certificate": lambda r: (
        "-----BEGIN CERTIFICATE-----\n"
        + "\n".join(pick(r, ALNUM + "+/", 64) for _ in range(12))
        + "\n-----END CERTIFICATE-----"
    ),
    "packages": lambda r: (
        "npm i @octo/sk-learn-token key-value-store task-queue risk-engine, pip install secrets-manager pass-through token-bucket"
    ),
    "published": lambda r: (
        "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY "
        + r.choice(("sk_test_", "ghp_xxxxxxxx"))
        + r.choice(("4eC39HqLyjWDarjtT1zdp7dc", "x" * 28))
        + " Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    ),
    "jwt-io": lambda r: (
        f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': '1234567890', 'name': 'John Doe', 'iat': 1516239022})}.{pick(r, URLSAFE, 43)}"
    ),
    "docs": lambda r: (
        'curl -H "Authorization: Bearer <YOUR-TOKEN>" -u YOUR-USER:YOUR-PASSWORD https://api.github.com\n'
        'TOKEN: ghp_yourtokenhere12345678901234567890 and "auth": "<base64>" and Cookie: session=<id>'
    ),
    "settings": lambda r: (
        "token: ${TOKEN}\npassword: required\nPASSWORD_FILE=/run/secrets/db-password-2\ndocker login --password-stdin\n"
        "password: $DB_PASSWORD\nsecret: { secretName: my-secret }\npassword: {{ vault_password }}\npassword: !vault db2\n"
        "api_key: ENC[AES256,data]\ntoken_url: https://octo.dev/oauth2/token\nkey: value1\nprimary key: id_2"
    ),
    "program": lambda r: (
        "def login(password: str, token: str | None = None, *, api_key=DEFAULT_KEY1) -> None:\n"
        "    password = args.password or getpass.getpass()\n    token = tokens[i + 1]\n    secret = hmac.new(key1, body)\n"
        "const apiKey = process.env.API_KEY2;\npassword: Joi.string().min(8)\nsetPassword(e.target.value)\n"
        "if (token === TokenType.Identifier2) return parser.next_token;\n"
        "max_tokens=4096, pad_token_id=50256, token_type=bearer2, eos_token: '<|im_end|>', tokenizer=tok_v2"
    ),
    "key-prose": lambda r: (
        "The primary key is user_id2. Rotate the access key: see step 3. A token is a string such as a JWT; the secret is "
        "stored in KMS. Password: at least 12 characters. The api key: copy it from page 4. Pass: 12/15, PASS: test_a1"
    ),
    "urls": lambda r: (
        f"http://localhost:8080/a@b https://octo.dev:443/u/mona@example.com https://{pick(r, HEX, 32)}@o{digits(r, 5)}.ingest.sentry.io/1 "
        "ssh://git@octo.dev:22/a.git https://octo.dev/@scope/pkg@1.2.3 https://user:$PASSWORD@host https://u:{{pw}}@h"
    ),
    "cookies": lambda r: (
        f"Cookie: _ga=GA1.2.{digits(r, 9)}.{digits(r, 10)}; theme=dark; csrftoken={pick(r, ALNUM, 32)}; sessionid=<id>"
    ),
    "basic": lambda r: "a basic understanding of Basic authentication, Basic YmFzaWM= and basic information1",
    "blob": lambda r: "\n".join(base64.b64encode(r.randbytes(57)).decode() for _ in range(8)),
    "long-id": lambda r: (
        f"arn:aws:s3:::bucket/x AIDA{pick(r, string.ascii_uppercase, 16)} {pick(r, URLSAFE, 180)}"
    ),
    "commands": lambda r: (
        "mkdir -p /var/lib/x1 && docker run -p 8080:80 -u 1000:1000 octo/app2 && mysql -u root -p shop2 && cp -a dir1 dir2"
    ),
    "escapes": lambda r: (
        r"C:\new\table\x64 %41%42 &amp;&lt; \u00e9 "
        f'100%25 of "{pick(r, HEX, 20)}" + "{pick(r, HEX, 20)}"'
    ),
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
    for kind, variants in PLACED.items():
        for number in range(count):
            before, value, after = list(variants.values())[number % len(variants)](rng)
            yield Text(kind, before + value + after, ((kind, len(before), len(before) + len(value)),))
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
