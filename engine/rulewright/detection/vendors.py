"""The forms that vendors gave their tokens: one table, a row for each form.

Sources: the vendors' documentation of their token formats, GitHub's list of secret scanning patterns, the AWS IAM
guide on unique identifiers, GitLab's token overview, Microsoft's list of identifiable keys. The first row that fits
counts, so exact forms stand before open ones.
"""

from __future__ import annotations

from string import ascii_letters, ascii_uppercase
from typing import Final

from rulewright.detection.forms import (
    ALNUM,
    BASE32,
    BASE64,
    BECH32,
    DIGITS,
    HEX,
    LOWER,
    URLSAFE,
    Form,
    Run,
)

_GITLAB: Final = (
    "glpat-",
    "gldt-",
    "glrt-",
    "glrtr-",
    "glcbt-",
    "glptt-",
    "glft-",
    "glsoat-",
    "gloas-",
    "glagent-",
    "glimt-",
    "glwt-",
    "glffct-",
    "GR1348941",
)
_SLACK: Final = (
    "xoxa-",
    "xoxb-",
    "xoxc-",
    "xoxd-",
    "xoxe-",
    "xoxo-",
    "xoxp-",
    "xoxr-",
    "xoxs-",
    "xoxe.xoxp-",
)
_DISCORD: Final = tuple(
    f"https://{host}/api/webhooks/"
    for host in ("discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com")
)
_SNOWFLAKES: Final = tuple(
    first + second
    for first in ("MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT")
    for second in "AEIMQUYcgk"
)
"""How the number of a Discord bot begins in base64: two digits, of which the first is not 0."""
_DOPPLER: Final = ("dp.pt.", "dp.ct.", "dp.sa.", "dp.st.", "dp.scim.", "dp.audit.")
_CAPITALS: Final = ascii_uppercase + DIGITS
_HEX: Final = DIGITS + "ABCDEF"
_AZURE: Final = URLSAFE + "~."

FORMS: Final = (
    # Source code hosts.
    Form(
        "github_token",
        (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), Run(ALNUM, 36)),
        0.99,
        check="crc32",
        failed=0.55,
    ),
    # Installation tokens grow: newer ones are several hundred characters long and hold dots.
    Form("github_token", ("ghs_", Run(URLSAFE + ".", 37, 0)), 0.9),
    Form("github_token", ("github_pat_", Run(ALNUM, 22), "_", Run(ALNUM, 59)), 0.97),
    Form("github_token", ("v1.", Run(HEX, 40)), 0.85, before=ALNUM),
    Form("gitlab_token", (_GITLAB, Run(URLSAFE, 20)), 0.95),
    Form("gitlab_token", (_GITLAB, Run(URLSAFE + ".", 21, 400)), 0.95),
    Form(
        "atlassian_token",
        (("ATATT3", "ATCTT3"), Run(URLSAFE, 60, 400), "=", Run(_HEX, 8)),
        0.97,
        before=ALNUM,
    ),
    Form("atlassian_token", (("ATATT3", "ATCTT3"), Run(URLSAFE, 60, 400)), 0.95, before=ALNUM),
    Form("atlassian_token", ("ATBB", Run(ALNUM, 32)), 0.9, before=ALNUM, least=3.0),
    # Clouds.
    Form("aws_key", (("AKIA", "ASIA", "ABIA", "ACCA"), Run(BASE32, 16)), 0.9, before=ALNUM),
    Form(
        "aws_key",
        (("IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz"), Run(BASE64, 80, 0)),
        0.9,
        before=ALNUM,
        least=3.5,
    ),
    Form("gcp_key", ("AIza", Run(URLSAFE, 35)), 0.95, before=ALNUM),
    Form("gcp_key", ("GOCSPX-", Run(URLSAFE, 28)), 0.95),
    Form("gcp_key", ("ya29.", Run(URLSAFE, 20, 0)), 0.9, before=ALNUM),
    Form("gcp_key", ("1//0", Run(URLSAFE, 40, 200)), 0.9, before=ALNUM, least=3.5),
    Form("azure_key", (Run(_AZURE, 3), Run(DIGITS, 1), "Q~", Run(_AZURE, 31, 34)), 0.85, least=3.5),
    Form("azure_devops_token", (Run(ALNUM, 76), "AZDO", Run(ALNUM, 4)), 0.95, before=ALNUM, least=3.5),
    Form("digitalocean_token", (("dop_v1_", "doo_v1_", "dor_v1_"), Run(HEX, 64)), 0.98),
    # Messages.
    Form(
        "slack_token",
        (_SLACK, Run(DIGITS, 9, 13), "-", Run(DIGITS, 9, 13), "-", Run(ALNUM + "-", 16, 80)),
        0.95,
    ),
    Form("slack_token", (_SLACK, Run(ALNUM + "-%", 16, 300)), 0.9),
    Form(
        "slack_token",
        (
            "xapp-",
            Run(DIGITS, 1),
            "-",
            Run(_CAPITALS, 6, 20),
            "-",
            Run(DIGITS, 6, 20),
            "-",
            Run(ALNUM, 20, 100),
        ),
        0.95,
    ),
    Form(
        "slack_webhook",
        (
            "https://hooks.slack.com/",
            ("services", "workflows", "triggers"),
            ("/T", "/E"),
            Run(_CAPITALS, 5, 20),
            "/",
            Run(_CAPITALS, 5, 20),
            "/",
            Run(ALNUM + "/", 16, 64),
        ),
        0.95,
    ),
    Form("discord_webhook", (_DISCORD, Run(DIGITS, 17, 20), "/", Run(URLSAFE, 60, 80)), 0.95),
    Form(
        "discord_token",
        (_SNOWFLAKES, Run(URLSAFE, 21, 25), ".", Run(URLSAFE, 6), ".", Run(URLSAFE, 27, 38)),
        0.92,
        before=ALNUM,
        least=3.5,
        check="snowflake",
    ),
    Form("telegram_token", (Run(DIGITS, 8, 10), ":AA", Run(URLSAFE, 33)), 0.92, least=3.5),
    Form("twilio_key", ("SK", Run(HEX, 32)), 0.85, before=ALNUM),
    Form("sendgrid_key", ("SG.", Run(URLSAFE, 22), ".", Run(URLSAFE, 43)), 0.98, before=ALNUM),
    Form("mailgun_key", ("key-", Run(HEX, 32)), 0.8, before=ALNUM + "-", least=3.0),
    Form("mailchimp_key", (Run(HEX, 32), "-us", Run(DIGITS, 1, 2)), 0.85, before=ALNUM, least=3.0),
    # Payments and shops.
    Form("stripe_key", (("sk_live_", "sk_test_", "rk_live_", "rk_test_"), Run(ALNUM, 16, 250)), 0.95),
    Form("stripe_key", ("whsec_", Run(BASE64, 24, 64)), 0.9),
    Form("square_token", (("sq0atp-",), Run(URLSAFE, 22)), 0.95),
    Form("square_token", (("sq0csp-",), Run(URLSAFE, 43)), 0.95),
    Form("square_token", ("EAAA", Run(URLSAFE, 60)), 0.8, before=ALNUM, least=4.0),
    Form("shopify_token", (("shpat_", "shpca_", "shppa_", "shpss_"), Run(HEX, 32)), 0.97),
    # Models.
    Form("anthropic_key", (("sk-ant-api03-", "sk-ant-admin01-"), Run(URLSAFE, 93), "AA"), 0.97),
    Form("anthropic_key", ("sk-ant-", Run(LOWER, 2, 10), Run(DIGITS, 2), "-", Run(URLSAFE, 20, 0)), 0.95),
    Form("openai_key", ("sk-", Run(ALNUM, 20), "T3BlbkFJ", Run(ALNUM, 20)), 0.99, before=ALNUM),
    Form("openai_key", ("sk-", Run(URLSAFE, 16, 200), "T3BlbkFJ", Run(URLSAFE, 16, 200)), 0.99, before=ALNUM),
    Form(
        "openai_key",
        (("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"), Run(URLSAFE, 20, 0)),
        0.9,
        before=ALNUM,
    ),
    Form("openai_key", ("sk-", Run(ALNUM, 32, 64)), 0.8, before=ALNUM, after="_-", least=3.2),
    Form("huggingface_token", (("hf_", "api_org_"), Run(ascii_letters, 34)), 0.9, before=ALNUM, least=3.2),
    Form("huggingface_token", ("hf_", Run(ALNUM, 34)), 0.8, before=ALNUM, least=3.2),
    Form("groq_key", ("gsk_", Run(ALNUM, 52)), 0.95, before=ALNUM),
    Form("xai_key", ("xai-", Run(ALNUM, 80)), 0.95),
    Form("replicate_token", ("r8_", Run(ALNUM, 37)), 0.92, before=ALNUM, least=3.2),
    # Package registries and images.
    Form("npm_token", ("npm_", Run(ALNUM, 36)), 0.99, check="crc32", failed=0.75),
    Form("pypi_token", (("pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"), Run(URLSAFE, 40, 0)), 0.98),
    Form("rubygems_key", ("rubygems_", Run(HEX, 48)), 0.97),
    Form("cargo_token", ("cio", Run(ALNUM, 32)), 0.8, before=ALNUM, least=3.2),
    Form("docker_token", ("dckr_pat_", Run(URLSAFE, 27)), 0.97),
    Form("docker_token", ("dckr_oat_", Run(URLSAFE, 32)), 0.97),
    # Infrastructure.
    Form("databricks_token", ("dapi", Run(HEX, 32)), 0.92, before=ALNUM, least=3.0),
    Form("vault_token", (("hvs.", "hvb.", "hvr."), Run(URLSAFE, 24, 400)), 0.95, before=ALNUM),
    Form("terraform_token", (Run(ALNUM, 14), ".atlasv1.", Run(URLSAFE, 60, 70)), 0.97, least=3.5),
    Form("doppler_token", (_DOPPLER, Run(ALNUM, 40, 44)), 0.97),
    Form("doppler_token", ("dp.st.", Run(LOWER + DIGITS + "_-", 2, 35), ".", Run(ALNUM, 40, 44)), 0.97),
    # Observability and office.
    Form("grafana_token", ("glc_", Run(BASE64, 32, 400)), 0.9, before=ALNUM, least=3.2),
    Form("grafana_token", ("glsa_", Run(ALNUM, 32), "_", Run(HEX, 8)), 0.97),
    Form("sentry_token", ("sntrys_", Run(BASE64, 60, 400), ("_", "=_", "==_"), Run(BASE64, 43)), 0.97),
    Form("sentry_token", (("sntryu_", "sntrya_"), Run(HEX, 64)), 0.97),
    Form("linear_key", (("lin_api_",), Run(ALNUM, 40)), 0.97),
    Form("linear_key", (("lin_oauth_",), Run(HEX, 64)), 0.97),
    Form("notion_token", ("ntn_", Run(DIGITS, 11), Run(ALNUM, 35)), 0.95, before=ALNUM),
    Form("notion_token", ("secret_", Run(ALNUM, 43)), 0.85, before=ALNUM, least=3.5),
    Form("postman_key", ("PMAK-", Run(HEX, 24), "-", Run(HEX, 34)), 0.97),
    # Keys to encrypted files.
    Form("private_key", ("AGE-SECRET-KEY-1", Run(BECH32, 58)), 0.98, least=3.0),
)
