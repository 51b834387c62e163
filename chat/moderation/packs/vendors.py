"""Keys of many more services, each with a beginning of its own."""

import re
from collections.abc import Callable

from ..validate import varied
from .build import secret

Part = str | tuple[str, int] | tuple[str, int, int]

HEX, SMALL, LARGE, ANY, WORD, BASE = (
    "[a-f0-9]",
    "[a-z0-9]",
    "[A-Z0-9]",
    "[A-Za-z0-9]",
    r"[\w-]",
    "[A-Za-z0-9+/]",
)
LETTERS, BECH = "[A-Za-z]", "[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]"
# What a part of each class is made of in a rule's example.
_EXAMPLES = {
    HEX: "9f3a7c1e5b2d8046",
    SMALL: "k3vt8qwz9slm2xp7rj5hd1gf6yb0cae4nu",
    LARGE: "K3VT8QWZ9SLM2XP7RJ5HD1GF6YB0CAE4NU",
    ANY: "k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws",
    WORD: "k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws",
    BASE: "k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws",
    BECH: "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    LETTERS: "kVtQwZsLmXpRjHdGfYbCaVeNuKqMWs",
}

# Name, title, parts (a text as it is, or a class with how many), where the form is documented. What the makers do not
# write down themselves is as the rules of gitleaks (MIT) know it.
_KEYS: tuple[tuple[str, str, tuple[Part, ...], str], ...] = (
    ("adafruit-key", "An Adafruit IO key", ("aio_", (ANY, 28)), "https://io.adafruit.com/api/docs/"),
    ("adobe-client-secret", "An Adobe client secret", ("p8e-", (SMALL, 32)), "https://developer.adobe.com/developer-console/docs/"),
    ("age-secret-key", "An age secret key", ("AGE-SECRET-KEY-1", (BECH, 58)), "https://age-encryption.org/v1"),
    ("airtable-token", "An Airtable token", ("pat", (ANY, 14), ".", (HEX, 64)), "https://airtable.com/developers/web/guides/personal-access-tokens"),
    ("alibaba-key", "An Alibaba Cloud access key", ("LTAI", (ANY, 20)), "https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair"),
    ("atlassian-token", "An Atlassian token", ("ATATT3", (r"[\w=-]", 180, 200)), "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"),
    ("aws-bedrock-key", "An Amazon Bedrock key", ("ABSK", (BASE, 109, 269)), "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"),
    ("clojars-token", "A Clojars token", ("CLOJARS_", (SMALL, 60)), "https://github.com/clojars/clojars-web/wiki/Deploy-Tokens"),
    ("cloudflare-origin-key", "A Cloudflare origin CA key", ("v1.0-", (HEX, 24), "-", (HEX, 146)), "https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/"),
    ("databricks-token", "A Databricks token", ("dapi", (HEX, 32)), "https://docs.databricks.com/dev-tools/auth/pat.html"),
    ("defined-networking-key", "A Defined Networking key", ("dnkey-", (r"[a-z0-9=_-]", 26), "-", (r"[a-z0-9=_-]", 52)), "https://docs.defined.net"),
    ("doppler-token", "A Doppler token", ("dp.pt.", (ANY, 43)), "https://docs.doppler.com/reference/api"),
    ("duffel-token", "A Duffel token", ("duffel_live_", (r"[\w=-]", 43)), "https://duffel.com/docs/api/overview/authentication"),
    ("dynatrace-token", "A Dynatrace token", ("dt0c01.", (LARGE, 24), ".", (LARGE, 64)), "https://docs.dynatrace.com/docs/dynatrace-api/basics/dynatrace-api-authentication"),
    ("easypost-key", "An EasyPost key", ("EZAK", (ANY, 54)), "https://docs.easypost.com/docs/authentication"),
    ("facebook-page-token", "A Facebook page token", (("(?:EAAM|EAAC)", 1), (ANY, 100, 400)), "https://developers.facebook.com/docs/facebook-login/guides/access-tokens/"),
    ("figma-token", "A Figma token", ("figd_", (WORD, 38, 60)), "https://www.figma.com/developers/api#authentication"),
    ("flutterwave-key", "A Flutterwave secret key", ("FLWSECK-", (ANY, 32), "-X"), "https://developer.flutterwave.com/docs/authentication"),
    ("fly-token", "A Fly.io token", ("fm2_", (BASE, 100, 900)), "https://fly.io/docs/security/tokens/"),
    ("frameio-token", "A Frame.io token", ("fio-u-", (r"[\w=-]", 64)), "https://developer.frame.io/docs/getting-started/authentication"),
    ("harness-token", "A Harness token", (("(?:pat|sat)", 1), ".", (WORD, 22), ".", (ANY, 24), ".", (ANY, 20)), "https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/"),
    ("heroku-key", "A Heroku key", ("HRKU-AA", (WORD, 58)), "https://devcenter.heroku.com/articles/authentication"),
    ("huggingface-org-token", "A Hugging Face organisation token", ("api_org_", (LETTERS, 34)), "https://huggingface.co/docs/hub/security-tokens"),
    ("intra42-secret", "A 42 Intra client secret", ("s-s4t2", ("(?:ud|af)", 1), "-", (HEX, 64)), "https://api.intra.42.fr/apidoc/guides/getting_started"),
    ("linear-key", "A Linear key", ("lin_api_", (ANY, 40)), "https://linear.app/developers/graphql"),
    ("mailgun-key", "A Mailgun key", ("key-", (HEX, 32)), "https://documentation.mailgun.com/docs/mailgun/api-reference/authentication/"),
    ("maxmind-key", "A MaxMind licence key", ("_", (ANY, 29), "_mmk"), "https://support.maxmind.com/hc/en-us/articles/4407111582235"),
    ("netlify-token", "A Netlify token", ("nfp_", (ANY, 36)), "https://docs.netlify.com/api/get-started/#authentication"),
    ("newrelic-key", "A New Relic user key", ("NRAK-", (LARGE, 27)), "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"),
    ("octopus-key", "An Octopus Deploy key", ("API-", (LARGE, 26)), "https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key"),
    ("openshift-token", "An OpenShift token", ("sha256~", (WORD, 43)), "https://docs.openshift.com/container-platform/latest/authentication/"),
    ("planetscale-secret", "A PlanetScale token or password", ("pscale_", ("(?:tkn|oauth|pw)", 1), "_", (r"[\w=.-]", 32, 64)), "https://planetscale.com/docs/concepts/service-tokens"),
    ("posthog-key", "A PostHog personal key", ("phx_", (ANY, 43, 50)), "https://posthog.com/docs/api"),
    ("postman-key", "A Postman key", ("PMAK-", (HEX, 24), "-", (HEX, 34)), "https://learning.postman.com/docs/developer/postman-api/authentication/"),
    ("prefect-token", "A Prefect token", (("(?:pnu|pnb)", 1), "_", (ANY, 36)), "https://docs.prefect.io/v3/manage/cloud/manage-users/api-keys"),
    ("pulumi-token", "A Pulumi token", ("pul-", (HEX, 40)), "https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/"),
    ("readme-key", "A ReadMe key", ("rdme_", (SMALL, 70)), "https://docs.readme.com/main/reference/intro/authentication"),
    ("rubygems-key", "A RubyGems key", ("rubygems_", (HEX, 48)), "https://guides.rubygems.org/api-key-scopes/"),
    ("scalingo-token", "A Scalingo token", ("tk-us-", (WORD, 48)), "https://developers.scalingo.com"),
    ("brevo-key", "A Brevo (Sendinblue) key", ("xkeysib-", (HEX, 64), "-", (ANY, 16)), "https://developers.brevo.com/docs/getting-started"),
    ("sentry-token", "A Sentry user token", ("sntryu_", (HEX, 64)), "https://docs.sentry.io/account/auth-tokens/"),
    ("sentry-org-token", "A Sentry organisation token", ("sntrys_eyJpYXQiO", (BASE, 40, 600), "_", (BASE, 43)), "https://docs.sentry.io/account/auth-tokens/"),
    ("settlemint-token", "A SettleMint token", ("sm_", ("(?:aat|pat|sat)", 1), "_", (ANY, 16)), "https://console.settlemint.com/documentation/"),
    ("shippo-token", "A Shippo live token", ("shippo_live_", (HEX, 40)), "https://docs.goshippo.com/docs/guides_general/authentication/"),
    ("square-token", "A Square token", ("sq0atp-", (WORD, 22, 60)), "https://developer.squareup.com/docs/build-basics/access-tokens"),
    ("supabase-token", "A Supabase token", ("sbp_", (HEX, 40)), "https://supabase.com/docs/reference/api/introduction"),
    ("tailscale-key", "A Tailscale key", ("tskey-", ("(?:auth|api|client)", 1), "-", (ANY, 12, 20), "-", (ANY, 24, 40)), "https://tailscale.com/kb/1085/auth-keys"),
    ("terraform-token", "A Terraform Cloud token", (".atlasv1.", (r"[\w=-]", 60, 70)), "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens"),
    ("twilio-key", "A Twilio key", ("SK", (HEX, 32)), "https://www.twilio.com/docs/iam/api-keys"),
    ("typeform-token", "A Typeform token", ("tfp_", (r"[\w.=-]", 59)), "https://www.typeform.com/developers/get-started/personal-access-token/"),
    ("yandex-key", "A Yandex Cloud key", ("AQVN", (WORD, 35, 38)), "https://yandex.cloud/en/docs/iam/concepts/authorization/api-key"),
)  # fmt: skip


def _pattern(parts: tuple[Part, ...]) -> str:
    forms = "".join(
        re.escape(part) if isinstance(part, str) else part[0] + _times(part[1:]) for part in parts
    )
    first, last = parts[0], parts[-1]
    before = "" if first[0] in "._" else r"\b"
    # A key of these may end in a sign, behind which there is no border.
    return before + forms + ("" if last[0] in (WORD, BASE) else r"\b")


def _times(count: tuple[int, ...]) -> str:
    return "" if count == (1,) else "{" + ",".join(map(str, count)) + "}"


def _example(parts: tuple[Part, ...], filler: bool = False) -> str:
    return "".join(part if isinstance(part, str) else _sample(part[0], part[1], filler) for part in parts)


def _sample(form: str, count: int, filler: bool) -> str:
    if count == 1:  # A choice, "(?:ud|af)": the first.
        return form.removeprefix("(?:").split("|")[0]
    letters = _EXAMPLES.get(form, _EXAMPLES[SMALL])
    return letters[0] * count if filler else (letters * count)[:count]


def _validator(parts: tuple[Part, ...]) -> Callable[[str], bool]:
    """The beginning is the same in every key, so it does not count for its variety."""
    start = len(parts[0]) if isinstance(parts[0], str) else 0
    return lambda text: varied(text[start:])


RULES = tuple(
    secret(
        name,
        title,
        _pattern(parts),
        source=source,
        validate=_validator(parts),
        finds=(_example(parts),),
        leaves=(_example(parts, filler=True), _example(parts)[: len(_example(parts)) // 2]),
    )
    for name, title, parts, source in _KEYS
)
