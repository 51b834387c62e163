"""How somebody is reached: e-mail, telephone, postcode, wallet."""

from ..addresses import email, postcode, telephone, wallet
from .borders import BEFORE
from .build import address

# The letters with which British postcodes begin.
_AREAS = (
    "AB|AL|BA|BB|BD|BF|BH|BL|BN|BR|BS|BT|BX|B|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|EC|EH|EN|EX|E"
    "|FK|FY|GL|GU|GY|G|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|LA|LD|LE|LL|LN|LS|LU|L|ME|MK|ML|M|NE|NG|NN"
    "|NP|NR|NW|N|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|S|TA|TD|TF|TN|TQ|TR|TS|TW"
    "|UB|WA|WC|WD|WF|WN|WR|WS|WV|W|YO|ZE"
)


RULES = (
    address(
        "email-address",
        "An e-mail address",
        r"(?i)(?:^|[^\w.+%-])(?P<value>[\w.+%-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}(?:xn--[a-z0-9-]{1,59}|[a-z]{2,24}))\b",
        source="https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1",
        finds=("Write to greta.k@posteo.de.", "user@xn--80ak6aa92e.com", "a+b@mail.co.uk, please"),
        leaves=(
            "support@example.com",
            "you@yourdomain.com",
            "git@github.com:owner/name.git",
            "noreply@posteo.de",
            "npm install react@18.2.0",
            "@app.route",
            "logo@2x.png, a@b.py",
            "systemctl start getty@tty.service",
        ),
        valid=email,
    ),
    address(
        "telephone-number",
        "A telephone number",
        rf"{BEFORE}(?P<value>"
        # International; North American; with a trunk zero; as in Turkey; a Chinese mobile.
        r"(?:\+|00)[1-9](?:[ .()/-]{0,2}\d){6,13}"
        r"|(?:1[ .-])?(?:\([2-9]\d{2}\) ?[2-9]\d{2}[ .-]\d{4}|[2-9]\d{2}(?:-[2-9]\d{2}-|\.[2-9]\d{2}\.)\d{4})"
        r"|(?:\(0[1-9]\d{0,3}\)|0[1-9]\d{0,3})(?:[ /-]{0,2}\d){5,9}"
        r"|5\d{2}[ .-]\d{3}[ .-]\d{2}[ .-]\d{2}"
        # Not the beginning of a longer row of figures.
        r"|1[3-9]\d{9})(?:[^\w\s.,-]|\s(?:\D|$)|[.,-](?:\D|$)|$)",
        source="https://www.itu.int/rec/T-REC-E.164",
        finds=(
            "call +49 30 901820, please",
            "(212) 736-5000",
            "0171/4567890",
            "0216 123 45 67",
            "13812345678",
            "+1-650-253-0000",
            "01 42 68 53 00",
        ),
        leaves=(
            "(415) 555-0132",
            "+1 555-010-0199",
            "123-456-7890",
            "0123456789",
            "01-02-2024 10:30",
            "03/11/2025 14:30",
            "1700000000",
            "+1234567890",
            "2024-01-02",
            "order 4917300800",
            "51 824 753 5564",
            "0081508150001",
            "0.0171234567",
            "MA 02110-1301",
            "01 02 03 04 05 06 07 08",
            "Clause 252.227-7013",
        ),
        valid=telephone,
    ),
    address(
        "postcode",
        "A British or Canadian postcode",
        rf"\b(?P<value>(?:{_AREAS})\d[0-9A-HJKMNPR-Y]? ?\d[ABD-HJLNP-UW-Z]{{2}}|GIR ?0AA"
        r"|[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d)\b",
        source="https://www.royalmail.com/find-a-postcode; https://www.canadapost-postescanada.ca",
        finds=("My address is SW1A 1AA in London", "GIR0AA", "Ottawa K1A 0B1"),
        leaves=("VA1 1AA", "M1 1CA", "the M1 2nd lane", "D1A 0B1", "ABCM11AADEF", "MacBook Air M2 8GB"),
        valid=postcode,
    ),
    address(
        "wallet-address",
        "A Bitcoin wallet address",
        r"\b(?P<value>[13][1-9A-HJ-NP-Za-km-z]{25,34}|(?i:bc1[02-9ac-hj-np-z]{11,71}))\b",
        source="https://en.bitcoin.it/wiki/Invoice_address",
        finds=("16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        leaves=("16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ2", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"),
        valid=wallet,
    ),
)
