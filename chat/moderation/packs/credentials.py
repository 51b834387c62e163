"""Secrets that no vendor's prefix marks: key files, signed tokens, passwords and keys beside their names."""

from ..validate import json_web_token, password_looking, random_looking
from .build import secret

# Between a name and its value: the signs of most languages and formats, "is", Markdown's emphasis, quotes.
_IS = r"[\"'\x60*_]{0,3}(?:\s{0,5}(?::=|=>|[:=])|\s{1,3}is\b)[*_]{0,3}\s{0,5}[\"'\x60]?"

RULES = (
    secret(
        "private-key",
        "A private key",
        # Only with its content: the two marker lines alone stand in every explanation.
        r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:\\[nr]|[\s>|\"'+,]){1,20}(?:[A-Za-z-]+: [^\n]*\n\s*){0,5}[A-Za-z0-9+/]{40}(?:\\[nr]|[A-Za-z0-9+/=\s\"'+,])*",
        source="https://www.rfc-editor.org/rfc/rfc7468",
        finds=(
            "-----BEGIN RSA ·PRIVATE KEY-----\nMIIEowIBAAKCAQEAk3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws8Zt3Lx9P\n",
            '"-----BEGIN ·PRIVATE KEY-----\\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7k3Vt8QwZ\\n"',
        ),
        leaves=(
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEAk3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0\n",
        ),
        validate=None,
    ),
    secret(
        "json-web-token",
        "A signed JSON Web Token",
        r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}",
        source="https://www.rfc-editor.org/rfc/rfc7519",
        finds=(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.·"
            "eyJzdWIiOiI4ODIyMDE5IiwibmFtZSI6IkdyZXRhIn0.k5HibI_uLn_RTuPcaCNkaVaQH2y5q8vZ",
        ),
        leaves=(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
            "eyJAAAA.eyJBBB",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.·"
            "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        ),
        validate=json_web_token,
    ),
    secret(
        "password-in-address",
        "A password in an address",
        # The scheme before it would have every word wait for a colon.
        r"://[^\s:@/\"'<>]{1,80}:(?P<value>[^\s:@/\"'<>{}$]{8,120})@[\w.-]{1,200}",
        source="https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        finds=("postgres://app:·k3Vt8QwZ9sLm@db.internal:5432/app",),
        leaves=(
            "postgres://user:password@localhost/db",
            "https://url:8000 @something else",
            "redis://:${REDIS_PASSWORD}@cache:6379",
            "https://docs.python.org:443/a@b",
        ),
        validate=random_looking,
    ),
    secret(
        "password",
        "A password",
        # What stands before the name in its word (DB_PASSWORD) does not matter. Longer than 48 is no password.
        r"(?i)(?:(?:password|passphrase|passwort|kennwort|mot de passe|contraseña|wachtwoord|senha|hasło|пароль|密码|パスワード)"
        + _IS
        # These two are commands and a file as well, and what those have to say begins on a line of its own.
        + "|(?:passwd|pwd)"
        + _IS.replace(r"\s", r"[ \t]")
        + r")(?P<value>[!#-%*+./0-9:=?-Z^_a-~-]{10,48})(?:[\s\"'\x60,;)<&]|$)",
        source="https://cwe.mitre.org/data/definitions/798.html",
        finds=(
            'DB_PASSWORD="·k3Vt8Qw!Z9sL"',
            "**Password:** `·tR7#mPq9vL2x`",
            "The password is ·tR7#mPq9vL2x",
            "Пароль: ·tR7#mPq9vL2x",
            "pwd = ·tR7#mPq9vL2x",
        ),
        leaves=(
            'password = "hunter2"',
            'password=b"S3CuR1Ty",',
            "PASSWORD=changeme",
            "password = os.environ['DB_PASSWORD2']",
            "password = getPassword(User1.Name)",
            "password = utf8_to_utf16_dup(v);",
            "passphrase: &#x3C;string>]}",
            "{number:!0,password:!0,range:!0,search:!0}",
            'password: "Your-Password-123!"',
            'input type="password" id="Login-Pass-1"',
            "pwd = ·" + "k3Vt8QwZ_9sLm2Xp7Rj5" * 3,
            "Output of `pwd`:\n\n```\ngreta@Web7:~$ ls\n```",
            "/etc/passwd: root:x:0:0:root:/root:/bin/bash",
            "OLDPWD=/var/lib/Jenkins/ws2",
            "Change your password: <https://support.google.com/accounts/answer/41078>",
            "Kennwort: mindestens-8-Zeichen",
            "Passwort: 2024-05-06T10:30Z",
        ),
        validate=password_looking,
    ),
    secret(
        "key-assignment",
        "A key or token beside its name",
        r"(?i)(?:api[_ -]?key|secret[_ -]?key|secret[_ -]?access[_ -]?key|access[_ -]?token|auth[_ -]?token|client[_ -]?secret|private[_ -]?token|bearer[_ -]?token)"
        + _IS
        + r"(?P<value>[\w+/=.~-]{20,200})(?:[^\w+/=.~-]|$)",
        source="https://cwe.mitre.org/data/definitions/798.html",
        finds=('api_key = "·9f3a7c1e5b2d8046a1c4e7f0"', "CLIENT_SECRET=·k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf"),
        leaves=(
            "access_token_url='https://github.com/login/oauth/access_token'",
            'api_key = "your-api-key-goes-here-1234"',
            "api_key = settings.PAYMENT_API_KEY_V2_LIVE",
            'public_key = "9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit"',
            'api_key="abcdef1234567890abcdef1234567890"',
            "MantleAPI_version=9a038989604e8da62ecddbe2094b16ce1b778be1",
        ),
        validate=random_looking,
    ),
    secret(
        "ibm-cloud-key",
        "An IBM Cloud key",
        r"(?i)(?:ibm|cloud|iam|api)[\w-]{0,20}(?:key|pwd|password)"
        + _IS
        + r"(?P<value>[\w-]{44})(?:[^\w-]|$)"
        r"|(?i:secret[_-]?(?:access[_-]?)?key)" + _IS + r"[a-f0-9]{48}(?:[^\w-]|$)"
        r"|://[\w-]{1,80}:(?:[a-z]{24}|[a-f0-9]{64})@[\w-]{1,80}\.cloudant\.com\b",
        source="https://cloud.ibm.com/docs/account?topic=account-userapikey",
        finds=("ibm_cloud_api_key=·k3Vt8QwZ9sLm2Xp7Rj5Hd1Gf6Yb0CaVeNuKqM4Ws8Zt3",),
        leaves=("cloud-iam-key:=afakekey", "IBM_CLOUD_API_KEY=" + "x" * 44),
    ),
    secret(
        "softlayer-key",
        "A SoftLayer key",
        r"(?i)\b(?:softlayer|sl)[_-]?(?:api[_-]?)?key"
        + _IS.replace("[:=]", "[:= ]")
        + r"(?P<value>[a-f0-9]{64})\b",
        source="https://cloud.ibm.com/docs/account?topic=account-classic_keys",
        finds=('softlayer_api_key="·9f3a7c1e5b2d80469f3a7c1e5b2d80469f3a7c1e5b2d80469f3a7c1e5b2d8046"',),
        leaves=('sl_api_key: "%s" % <softlayer_api_key>', 'SOFTLAYER_APIKEY: "insert_key_here"'),
    ),
)
