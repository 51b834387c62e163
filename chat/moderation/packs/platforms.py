"""Keys of clouds, payment and messaging services."""

from ..validate import published, varied
from .build import secret

RULES = (
    secret(
        "aws-access-key",
        "An AWS access key ID",
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
        finds=("AKIA·QE3A7VQ5LXN4TGWJ", "key=ASIA·QWJ4XK7LZ2NMTP3R;"),
        leaves=("AKIA·IOSFODNN7EXAMPLE", "AKIA·ZZZ", "AKIA·XXXXXXXXXXXXXXXX", "xAKIA·QWJ4XK7LZ2NMTP3R"),
    ),
    secret(
        "aws-secret-key",
        "An AWS secret access key",
        r"(?i)aws[\w .-]{0,20}key[\"'\x60]?\s{0,5}(?::=|=>|[:=])\s{0,5}[\"'\x60]?(?P<value>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
        finds=('aws_secret_access_key = "·k3Vt8Qw/Z9sLm2Xp7Rj+5Hd1Gf6Yb0CaVeNuKqM4"',),
        leaves=(
            'aws_secret_access_key = "·wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
            "aws_secret_key = os.environ['KEY']",
        ),
    ),
    secret(
        "azure-storage-key",
        "An Azure Storage account key",
        r"AccountKey\s?=\s?(?P<value>[A-Za-z0-9+/]{86}==)",
        source="https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string",
        finds=("AccountKey=" + "k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb" * 3 + "0CaVe==",),
        leaves=(
            "AccountKey=<your key>;EndpointSuffix=core.windows.net",
            # The storage emulator's own key, the same on every machine.
            "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        ),
        validate=lambda text: not text.startswith("Eby8vdM02xNOcqFlqUwJ"),
    ),
    secret(
        "azure-client-secret",
        "A Microsoft Entra client secret",
        # Every word begins with three such characters: they are shown, and it is the rest that is no text.
        r"(?:^|[^\w.~-])[\w.~]{3}(?P<value>\dQ~[\w.~-]{31,34})(?:[^\w.~-]|$)",
        source="https://learn.microsoft.com/entra/identity-platform/howto-create-service-principal-portal",
        finds=("secret: k3v·8Q~tW4nZ9sLm2Xp7Rj5Hd1Gf6Yb0Ca_VeN",),
        leaves=(
            "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
            ".ui.visible.right.sidebar~.ui.visible.left.sidebar~.pusher",
        ),
    ),
    secret(
        "google-api-key",
        "A Google API key",
        r"\bAIza[\w-]{35}\b",
        source="https://cloud.google.com/docs/authentication/api-keys",
        finds=("key=AIza·SyB7Qm3kW9zXc5Vr1Tn8Lp4Js6Hd2Gf0YbQ",),
        leaves=(
            "AIza·Syabcdefghijklmnopqrstuvwxyz1234567",
            "AIza·SyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
            "AIza·SyDMAScliyLx7F0NPDEJi1QmyCgHIAODrlU",
        ),
        validate=lambda text: varied(text) and "abcdefgh" not in text.lower() and not published(text),
    ),
    secret(
        "google-oauth-secret",
        "A Google OAuth client secret",
        r"\bGOCSPX-[\w-]{28}(?:[^\w-]|$)",
        source="https://developers.google.com/identity/protocols/oauth2",
        finds=('"client_secret":"GOCSPX-·k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0"',),
        leaves=("GOCSPX-·xxxxxxxxxxxxxxxxxxxxxxxxxxxx",),
    ),
    secret(
        "digitalocean-token",
        "A DigitalOcean token",
        r"\bdo[opr]_v1_[a-f0-9]{64}\b",
        source="https://docs.digitalocean.com/reference/api/create-personal-access-token/",
        finds=("dop_v1_·4f8a1c9e7b3d2056e8f1a7c3b9d40265f7e8a1b2c3d4950617283940a5b6c7d8",),
        leaves=("dop_v1_·" + "x" * 64,),
    ),
    secret(
        "slack-token",
        "A Slack token",
        r"\bxox[abeoprs]-(?:\d-)?(?:\d{8,14}-){1,3}[A-Za-z0-9]{16,146}\b|\bxapp-\d-[A-Z0-9]{8,14}-\d{8,14}-[a-f0-9]{32,128}\b",
        source="https://api.slack.com/authentication/token-types",
        finds=(
            "xoxb-·263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1",
            "xapp-1-·A04R2KQ9T7B-4817263950218-" + "9f3a7c1e5b2d8046" * 4,
        ),
        leaves=(
            "xoxb-xoxb-my-bot-token",
            "xoxb-your-token-here",
            "xoxb-·123456789012-1234567890123-xxxxxxxxxxxxxxxxxxxxxxxx",
        ),
        validate=lambda text: varied(text.rsplit("-", 1)[1]),
    ),
    secret(
        "slack-webhook",
        "A Slack webhook address",
        r"hooks\.slack\.com/(?:services/T\w{7,12}/B\w{7,12}/(?P<value>\w{20,30})|(?:workflows|triggers)/[\w/]{30,90})",
        source="https://api.slack.com/messaging/webhooks",
        finds=("https://hooks.slack.com/services/·T04R2KQ9T/B05S3LR0U/k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf",),
        leaves=("https://hooks.slack.com/services/·T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",),
    ),
    secret(
        "stripe-key",
        "A Stripe live key",
        # Test keys move no money and stand in every tutorial; publishable keys are public.
        r"\b(?:sk|rk)_(?:live|prod)_[A-Za-z0-9]{16,247}\b",
        source="https://docs.stripe.com/keys",
        finds=("sk_live_·4eC39HqLyjWDarjtT1zdp7dc", "rk_live_·9sLm2Xp7Rj5Hd1Gf6Yb0CaVe"),
        leaves=(
            "sk_live_·",
            "sk_test_·4eC39HqLyjWDarjtT1zdp7dc",
            "pk_live_·4eC39HqLyjWDarjtT1zdp7dc",
            "sk_live_·xxxxxxxxxxxxxxxxxxxxxxxx",
        ),
    ),
    secret(
        "sendgrid-key",
        "A SendGrid API key",
        r"\bSG\.[\w-]{20,24}\.[\w-]{39,50}\b",
        source="https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
        finds=("SG.·ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr",),
        leaves=("SG.·ngeVfQFYQlKU0ufo8x5d1A..TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr", "SG.xxxxx.yyyyy"),
    ),
    secret(
        "mailchimp-key",
        "A Mailchimp API key",
        r"\b[0-9a-f]{32}-us\d{1,2}\b",
        source="https://mailchimp.com/developer/marketing/guides/quick-start/",
        finds=("3f5a7c9e·1b2d40688a0c2e4f6b1d3975-us11",),
        leaves=("3a5633e829d3c71-us2", "0" * 32 + "-us1"),
    ),
    secret(
        "telegram-token",
        "A Telegram bot token",
        r"(?:\b|/bot)(?P<value>\d{8,10}:AA[\w-]{33})(?:[^\w-]|$)",
        source="https://core.telegram.org/bots/api#authorizing-your-bot",
        finds=(
            "110201543:·AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawx",
            "https://api.telegram.org/bot110201543:·AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawx/getMe",
        ),
        leaves=(
            "bot110201543:·AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw",
            "123456789:AAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ),
    ),
    secret(
        "discord-token",
        "A Discord bot token",
        r"\b[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}",
        source="https://discord.com/developers/docs/reference#authentication",
        finds=("MTk4NjIyNDgzNDcxOTI1MjQ4·.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",),
        leaves=(
            "PZ1yGvKTjE0rY0cV8i47CjAa·.uRHQPq.Xb1Mk2nEhe-4iUcrGOuegj57zMC",
            "MTAyOTQ4MTN5OTU5MTDwMEcxNg0·.GSwJyi.sbaw8msOR3Wi6vPUzeIWy_P0vJbB0UuRVjH8l8",
        ),
    ),
    secret(
        "shopify-token",
        "A Shopify token",
        r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b",
        source="https://shopify.dev/docs/apps/build/authentication-authorization",
        finds=("shpat_·3f5a7c9e1b2d40688a0c2e4f6b1d3975",),
        leaves=("shpat_" + "0" * 32,),
    ),
)
