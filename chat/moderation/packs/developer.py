"""Keys of code hosts, package registries, model providers and tools of developers."""

from ..validate import random_looking
from .build import secret

RULES = (
    secret(
        "github-token",
        "A GitHub token",
        r"\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b",
        source="https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
        finds=(
            "ghp_·wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx",
            "github_pat_·11ABCDEFG0k3Vt8QwZ9sLm_2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws8Zt3Lx9Pn5Jr1Hb7Fd2Gc6Yv0TaQe1Z",
        ),
        leaves=("ghp_·xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "foo_·wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"),
    ),
    secret(
        "gitlab-token",
        "A GitLab token",
        r"\b(?:gl(?:pat|dt|ptt|ft|imt|cbt|ffct|rt|soat)-[\w-]{20,50}|GR1348941[\w-]{20}|glagent-[\w-]{50,200}|gloas-[\w-]{64})(?:[^\w-]|$)"
        r"|\bgl(?:pat|rt)-[\w-]{27,300}\.[0-9a-z]{2}\.?[0-9a-z]{7}\b",
        source="https://docs.gitlab.com/security/tokens/",
        finds=("glpat-·k3Vt8QwZ9sLm2Xp7Rj5H", "GR1348941·k3Vt8QwZ9sLm2Xp7Rj5H"),
        leaves=(
            "glpat-·xxxxxxxx-xxxxxxxxxxxxxxxxxx.xxxxxxxxx",
            "glpat_·hellOworld380_testin",
            "GR1348941·12312312312312312312",
        ),
        validate=lambda text: len(set(text.lower().removeprefix("gr1348941"))) >= 8 and "xxxxx" not in text,
    ),
    secret(
        "npm-token",
        "An npm token",
        r"\bnpm_[A-Za-z0-9]{36}\b|:_authToken\s?=\s?(?P<value>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b",
        source="https://docs.npmjs.com/about-access-tokens",
        finds=(
            "npm_·k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKq",
            "//registry.npmjs.org/:_authToken=·743b294a-cd03-11ec-9d64-0242ac120002",
        ),
        leaves=(
            "//registry.npmjs.org/:_authToken=${NPM_TOKEN}",
            "npm_·xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "npm_config_registry",
        ),
    ),
    secret(
        "pypi-token",
        "A PyPI upload token",
        r"\bpypi-AgEIcHlwaS5vcmc[\w-]{50,250}",
        source="https://pypi.org/help/#apitoken",
        finds=("pypi-·AgEIcHlwaS5vcmcCJGE4ZDQ3YzYxLTk3ZjItNGE1Yi04YzNkLTJmMWUwOWI4NzY1NAACKlszLCJk",),
        leaves=("pypi-·AgEIcHlwaS5vcmc...", "pypi-·AgE…"),
    ),
    secret(
        "docker-token",
        "A Docker access token",
        r"\bdckr_(?:pat|oat)_[\w-]{27,40}",
        source="https://docs.docker.com/security/for-developers/access-tokens/",
        finds=("dckr_pat_·k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb",),
        leaves=("dckr_pat_·xxxxxxxxxxxxxxxxxxxxxxxxxxx",),
    ),
    secret(
        "sourcegraph-token",
        "A Sourcegraph token",
        r"\bsgp_(?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40}\b",
        source="https://sourcegraph.com/docs/cli/how-tos/creating-an-access-token",
        finds=("sgp_·local_d7dfFD43cF2503B1da673EB560aAa3e80f16FA42",),
        leaves=("sgp_" + "0" * 40,),
    ),
    secret(
        "openai-key",
        "An OpenAI API key",
        r"\bsk-(?:(?:proj|svcacct|admin|None)-)?[\w-]{20,74}T3BlbkFJ[\w-]{20,74}",
        source="https://platform.openai.com/docs/api-reference/authentication",
        finds=(
            "sk-·Xi8tcNiHV9awbCcvilTeT3BlbkFJ3UDnpdEwNNm6wVBpYM0o",
            "sk-proj-·Xi8tdMjHV6pmbBbwilTeT3BlbkFJ3UDnpdEwNNm6wVBpYM0o",
        ),
        leaves=("sk-proj-your-key-here", "sk-·xxxxxxxxxxxxxxxxxxxxT3BlbkFJxxxxxxxxxxxxxxxxxxxx"),
    ),
    secret(
        "anthropic-key",
        "An Anthropic API key",
        r"\bsk-ant-(?:api|admin|oat|ort)\d{2}-[\w-]{80,120}\b",
        source="https://docs.claude.com/en/api/overview",
        finds=(
            "sk-ant-api03-·"
            "k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws8Zt3Lx9Pn5Jr1Hb7Fd2Gc6Yv0TaQe1Zk3Vt8QwZ9sLm2Xp7Rj5AA",
        ),
        leaves=("sk-ant-api03-·...", "sk-ant-xxxxxxxx"),
    ),
    secret(
        "model-provider-key",
        "A model provider's API key",
        r"\b(?:sk-or-v1-[0-9a-f]{64}|gsk_[A-Za-z0-9]{52}|pplx-[A-Za-z0-9]{48}|xai-[A-Za-z0-9]{80}|r8_[A-Za-z0-9]{37}|hf_[A-Za-z]{34})\b",
        source="https://huggingface.co/docs/hub/security-tokens",
        finds=(
            "hf_·kVtQwZsLmXpRjHdGfYbCaVeNuKqMWsZtLx",
            "gsk_·k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws8Zt3Lx9Pn5Jr",
        ),
        leaves=("pplx-" + "x" * 48, "hf_generatedByHomeAppForDebuggingPurposesKey", "hf_xxxxx"),
    ),
    secret(
        "notion-token",
        "A Notion token",
        r"\bntn_[0-9]{11}[A-Za-z0-9]{35}\b",
        source="https://developers.notion.com/docs/authorization",
        finds=("ntn_·456476151729vWBETTAc421EJdkefwPvw8dfNt2oszUa7v",),
        leaves=("ntn_00000000000" + "x" * 35,),
    ),
    secret(
        "grafana-token",
        "A Grafana token",
        r"\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b|\bglc_eyJ[A-Za-z0-9+/]{32,400}",
        source="https://grafana.com/docs/grafana/latest/administration/service-accounts/",
        finds=("glsa_·k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVe_9f3a7c1e",),
        leaves=("glc_" + "x" * 60, "glsa_" + "x" * 32 + "_00000000"),
    ),
    secret(
        "vault-token",
        "A HashiCorp Vault token",
        r"\bhv[bs]\.[\w-]{90,300}",
        source="https://developer.hashicorp.com/vault/docs/concepts/tokens",
        finds=(
            "hvs.·"
            "CAESIJ5k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws8Zt3Lx9Pn5Jr1Hb7Fd2Gc6Yv0TaQe1Zk3Vt8QwZ9sLm2Xp",
        ),
        leaves=("hvs.·example", "hvs.·" + "x" * 95),
    ),
    secret(
        "1password-token",
        "A 1Password service account token",
        r"\bops_eyJ[A-Za-z0-9+/]{250,}={0,3}",
        source="https://developer.1password.com/docs/service-accounts/",
        finds=("ops_eyJ" + "zaWduSW5BZGRyZXNzIjoiazNWdDhRd1o5" * 8,),
        leaves=("ops_eyJ...", "ops_eyJ" + "x" * 260),
    ),
    secret(
        "artifactory-key",
        "A JFrog Artifactory key",
        r"\b(?:AKC[A-Za-z0-9]{10,90}|AP[0-9A-F][A-Za-z0-9]{30,90}|cmVmd[A-Za-z0-9]{59})\b",
        source="https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens",
        finds=(
            "AKCp·k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws8Zt3Lx9Pn5Jr1Hb7Fd2Gc6Yv0TaQe",
            "X-JFrog-Art-Api: AP6·k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0Ca",
        ),
        leaves=("AKCp·" + "X" * 69, "AKCp·withinsomeirrelevantstring", "APACHE2SOFTWARE", "AP5xxxxxxxxxx"),
        validate=random_looking,
    ),
    secret(
        "sidekiq-credentials",
        "A Sidekiq licence in an address",
        r"\b(?P<value>[a-f0-9]{8}:[a-f0-9]{8})@(?:gems|enterprise)\.contribsys\.com\b",
        source="https://github.com/sidekiq/sidekiq/wiki/Build-Tools",
        finds=("https://cafeb4b3:·d3adb33f@enterprise.contribsys.com",),
        leaves=("https://user:pass@gems.contribsys.com/", "https://gems.contribsys.com/"),
        validate=None,
    ),
)
