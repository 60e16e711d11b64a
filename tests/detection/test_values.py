"""Values beside a telling name, in commands, headers and URLs: what is masked, what is suspected, what is neither."""

from __future__ import annotations

import base64
import random

import pytest

from rulewright.detection import CERTAIN, detect

RNG = random.Random(31)
WORD = "Kestrel" + str(RNG.randint(1000, 9999)) + "!x"
PLAIN = WORD.replace("!", "")
HEX = "".join(RNG.choices("0123456789abcdef", k=32))
MIXED = "".join(RNG.choices("ABCDEFGHKLMNPQRSTabcdefghkmnpqrst23456789", k=30)) + "q7"
UUID = "-".join("".join(RNG.choices("0123456789abcdef", k=size)) for size in (8, 4, 4, 4, 12))
LOGIN = base64.b64encode(f"mona:{WORD}".encode()).decode()


def masked(text: str) -> list[str]:
    return [text[f.start : f.end] for f in detect(text, types=["secrets"]) if f.confidence >= CERTAIN]


@pytest.mark.parametrize(
    "text",
    [
        "password: {}",
        "password is {}",
        "my password was {}, sorry",
        "The password for the staging host is: {}",
        "**Password:** {}",
        "| Password | {} |",
        "DB_PASS={}",
        "export PGPASSWORD={}",
        "MYSQL_PWD={} mysql shop",
        "ENV DB_PASSWORD {}",
        "tool --password {} run",
        "tool --password={}",
        "tool --password '{}'",
        "tool -Password {}",
        'password: str = "{}"',
        'os.environ["DB_PASSWORD"] = "{}"',
        ":password => '{}',",
        '<add key="Password" value="{}" />',
        "kubectl create secret generic x --from-literal=password={}",
        "spring.datasource.password={}",
        r"{{\"password\": \"{}\"}}",
        "mysql -u root -p'{}' shop",
        "mysql -uroot -p{} shop",
        "mysqldump -p{} shop > x",
        "sshpass -p '{}' ssh host",
        "docker login -u mona -p {} ghcr.io",
        "redis-cli -h host -a {}",
        "curl -u mona:{} https://octo.dev",
        "curl -sS --user 'mona:{}' https://octo.dev",
        "curl -sS \\\n  -u mona:{} \\\n  https://octo.dev",
        "machine octo.dev login mona password {}",
        "default login mona password {}",
        "jdbc:sqlserver://db:1433;user=sa;password={};encrypt=true",
        "Server=db;Pwd={};Database=x",
    ],
)
def test_passwords_are_masked(text):
    assert masked(text.format(WORD)) == [WORD]


@pytest.mark.parametrize(
    "value", ["P@ssw0rd", "hunter2!", "Sommer2024", "aB3(x]9{z", "83920175", "$ecretPw#1", "q'w\"e1r2"]
)
def test_passwords_of_any_kind_are_masked(value):
    assert masked(f"DB_PASSWORD={value}\n") == [value]


@pytest.mark.parametrize(
    "text",
    [
        "API_TOKEN={}",
        "api_key: {}",
        "X-Api-Key: {}",
        "SECRET_KEY_BASE={}",
        "client_secret = '{}'",
        '{{"access_token": "{}"}}',
        "https://octo.dev/x?token={}&page=2",
        "https://octo.dev/x?page=2&access_token={}",
        "https://octo.dev/x?api_key={}",
        "tool --api-key {} run",
        'setx API_KEY "{}"',
        "$env:API_KEY = '{}'",
        "credentials: {}",
    ],
)
@pytest.mark.parametrize("value", [HEX, MIXED], ids=["hex", "mixed"])
def test_keys_and_tokens_are_masked(text, value):
    assert masked(text.format(value)) == [value]


def test_a_long_value_is_masked_to_its_end():
    value = "".join(random.Random(1).choices("ABCDEFGHabcdefgh23456789+/", k=1500))
    assert masked(f"AWS_SESSION_TOKEN={value}\nAWS_REGION=x") == [value]
    assert masked(f'"sessionToken": "{value}"') == [value]


def test_every_line_of_a_file_is_judged():
    lines = [f"A{number}_PASSWORD=Kestrel{number}47!x" for number in range(30)]
    assert masked("\n".join(lines)) == [line.partition("=")[2] for line in lines]


@pytest.mark.parametrize(
    "text",
    [
        "token: ${TOKEN}",
        "password: required",
        "password: $DB_PASSWORD",
        "password: {{ vault_password }}",
        "password: !vault x",
        "password: <password>",
        "password: changeme",
        "password: ********",
        "password = get_secret('db1')",
        "password = os.environ['PW1']",
        "password = config.db_password1",
        "password: Joi.string().min(8)",
        "password: string;",
        "secretName: my-secret",
        "secret_name: my-secret-2",
        "secretKeyRef: api-token-2",
        "next_token: " + MIXED,
        "nextPageToken: " + MIXED,
        "public_key: " + MIXED,
        "primary key: user_id2",
        "key=value1",
        "docker login --password-stdin",
        "password_file=/run/secrets/db-password-2",
        "PASSWORD_FILE=/run/secrets/db2",
        "PWD=/home/mona/work2",
        "token_url: https://octo.dev/oauth2",
        "token_type: bearer2",
        "max_tokens=4096",
        "tokenizer: bert-base-v2",
        "private_key_id: " + HEX,
        "password_hash: " + HEX,
        "access_token_expires_in: 36001234",
        "PASS: test_login_v2",
        "Pass: 12/15",
        "bypass: " + PLAIN,
        "echo $PASSWORD | base64",
        "password: 12345678",
        "api_key=DEFAULT_KEY1",
        "token = tokens[i1]",
        "if (token === TokenType.Identifier2)",
        "curl -u $USER:$PASS https://octo.dev",
        "curl -u YOUR-USER:YOUR-PASSWORD https://octo.dev",
        "docker run -p 8080:80 -u 1000:1000 app2",
        "mysql -u root -p shop1",
        "mkdir -p dir1/dir2",
        "machine octo.dev login mona password changeme",
        "Authorization: Basic " + base64.b64encode(b"user:pass").decode(),
        "Basic information1234",
        "Cookie: theme=dark1; csrftoken=" + MIXED,
        "Cookie: session=<session>",
        "'secret_key': credentials['SecretAccessKey2'],",
        "$PASSWORD = $Config->{password1}",
        f'"AWS::AppSync::ApiKey": "{HEX}"',
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCd12",
        "token_pattern = r'(?P<word1>[^a-z]+)'",
        "secret: `smtps://user:password@host:465`",
        "The token is invalid. The secret is v1.2.3.",
    ],
)
def test_what_is_no_secret_is_not_masked(text):
    assert masked(text) == []


@pytest.mark.parametrize(
    "name", ["client_secret: ", "AZURE_CLIENT_SECRET=", "api_key: ", "password = ", "?secret="]
)
def test_a_uuid_with_the_name_of_a_credential_is_masked(name):
    assert masked(name + UUID) == [UUID]


@pytest.mark.parametrize(
    "name",
    ["", "token: ", "client_id=", "secret_id: ", "secret_name: ", "primary_key: ", "access_key_id=", "key: "],
)
def test_a_uuid_with_another_name_is_not(name):
    assert masked(name + UUID) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("token: my-build-token-42", "my-build-token-42"),
        ("password = new_password2", "new_password2"),
    ],
)
def test_what_may_be_a_name_is_only_suspected(text, value):
    (found,) = detect(text, types=["secrets"])
    assert found.confidence < CERTAIN
    assert text[found.start : found.end] == value


def test_the_sample_of_the_design_stays_a_finding():
    (found,) = detect("api_key: sk-1234567890abcdef")
    assert (found.type, found.confidence) == ("api_key", 0.8)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Authorization: Basic {}", "basic_auth"),
        ("curl -H 'authorization: basic {}'", "basic_auth"),
        ('{{"auths": {{"ghcr.io": {{"auth": "{}"}}}}}}', "basic_auth"),
        ("//npm.octo.dev/:_auth={}", "basic_auth"),
        ('_password="{}"', "basic_auth"),
    ],
)
def test_logins_in_base64(text, kind):
    text = text.format(LOGIN)
    (found,) = detect(text, types=["secrets"])
    assert (found.type, text[found.start : found.end]) == (kind, LOGIN)
    assert found.confidence >= CERTAIN


def test_npm_tokens_that_are_uuids():
    text = f"//packages.octo.dev/:_authToken={UUID}"
    (found,) = detect(text)
    assert (found.type, text[found.start : found.end]) == ("npm_token", UUID)
    assert detect("//packages.octo.dev/:_authToken=${NPM_TOKEN}") == ()


@pytest.mark.parametrize(
    "text",
    [
        "Cookie: theme=dark; sessionid={}; lang=en",
        "Set-Cookie: connect.sid={}; Path=/; HttpOnly",
        "set-cookie: __Host-session={}; Secure",
        '"Cookie": "JSESSIONID={}"',
        "curl -b 'user_session={}' https://octo.dev",
    ],
)
def test_session_cookies(text):
    text = text.format(MIXED)
    (found,) = detect(text)
    assert (found.type, text[found.start : found.end]) == ("session_cookie", MIXED)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("postgres://mona:{}@db.octo.dev/x", "pa$$w0rd"),
        ("postgres://mona:{}@db.octo.dev/x", "pa#w0rd1"),
        ("postgres://mona:{}@db.octo.dev/x", "pa/w0rd1"),
        ("postgres://mona:{}@db.octo.dev/x", "pa'w0rd1"),
        ("postgres://mona:{}@db.octo.dev/x", "p@ssw0rd1"),
        ("postgres://sample_user:{}@db.octo.dev/x", "w0rd1xyz"),
        ("postgres://yourapp:{}@db.octo.dev/x", "w0rd1xyz"),
        ("postgres://example:{}@db.octo.dev/x", "w0rd1xyz"),
        ("url: 'postgres://placeholder:{}@localhost'", "w0rd1xyz"),
    ],
)
def test_credentials_of_urls(text, value):
    text = text.format(value)
    (found,) = detect(text)
    assert found.type == "url_credentials"
    assert text[found.start : found.end].partition(":")[2] == value


def test_tokens_as_users_of_urls():
    assert masked(f"git clone https://{MIXED}@octo.dev/a.git") == [MIXED]
    assert masked(f"https://x-access-token:{MIXED}@octo.dev/a.git") == [MIXED]
    assert masked(f"redis://:{PLAIN}@cache:6379") == [PLAIN]


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8080/a@b",
        "https://octo.dev:443/u/@mona",
        f"https://{HEX}@o12.ingest.sentry.io/1",
        "ssh://git@octo.dev:22/a.git",
        "https://user:$PASSWORD@host",
        "https://user:{{password}}@host",
        "https://user:password@host",
        "{'a': 'http://u:', 'mail': 'x@y.dev1'}",
    ],
)
def test_urls_without_a_secret(text):
    assert masked(text) == []
