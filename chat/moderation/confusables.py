"""Characters of other alphabets, and signs, that look like an ASCII letter or digit.

The facts are those of the Unicode Consortium's confusables.txt (UTS #39, Unicode Security Mechanisms; Unicode License
v3), as far as one character stands for one: https://www.unicode.org/Public/security/latest/confusables.txt. Small
capitals, and what that file says looks like one, are put down as the small letter. Left out are characters that NFKD
makes plain by itself, digits (fold.py takes their value), and the Turkish "ı", which is not an "i".

A plain stroke may be I or l; it is put down as I, which is the more frequent of the two in words.
"""

_LOOK = {
    "2": "1a7 3e8 14bf a644 a6ef a75a",
    "3": "1b7 21c 417 4e0 2ccc a76a a7ab 118ca 16f3b 1d206",
    "4": "13ce 118af",
    "5": "1bc 118bb",
    "6": "431 13ee 2cd2 118d5",
    "7": "104d2 118c6 1d212",
    "8": "222 223 1031a 1e8cb",
    "9": "2cca a76e 118ac 118cc 118d6",
    "A": "391 410 13aa 15c5 a4ee 102a0 16f40",
    "B": "392 412 13f4 15f7 a4d0 a7b4 10282 102a1 10301",
    "C": "421 13df 2ca4 a4da 102a2 10302 10415 1051c 118f2 1f74c",
    "D": "13a0 15de 15ea a4d3",
    "E": "395 415 13ac 22ff 2d39 a4f0 10286 118a6 118ae",
    "F": "3dc 15b4 a4dd a798 10287 102a5 10525 118a2 118c2 1d213",
    "G": "50c 13c0 13f3 a4d6",
    "H": "397 41d 13bb 157c 2c8e a4e7 102cf",
    "I": "196 1c0 399 406 4c0 5d5 5df 627 7ca 16c1 23fd 2c92 2d4f a4f2 1028a 10309 10320 16f28 1e8c7",
    "J": "37f 408 13ab 148d a4d9 a7b2",
    "K": "39a 41a 13e6 16d5 2c94 a4d7 10518",
    "L": "13de 14aa 2cd0 a4e1 1041b 10526 118a3 118b2 16f16 1d22a",
    "M": "39c 3fa 41c 13b7 15f0 16d6 2c98 a4df 102b0 10311",
    "N": "39d 2c9a a4e0 10513",
    "O": "39f 41e 555 b20 12d0 2c9e 2d54 3007 a4f3 10292 102ab 10404 104c2 10516 118b5",
    "P": "3a1 420 13e2 146d 2ca2 a4d1 10295",
    "Q": "2d55",
    "R": "1a6 13a1 13d2 1587 a4e3 104b4 16f35 1d216",
    "S": "405 54f 13d5 13da a4e2 10296 10420 16f3a",
    "T": "3a4 422 13a2 22a4 27d9 2ca6 a4d4 10297 102b1 10315 118bc 16f0a 1f768",
    "U": "54d 1200 144c 222a 22c3 a4f4 104ce 118b8 16f42",
    "V": "474 13d9 142f 2d38 a4e6 a6df 1051d 118a0 16f08 1d20d",
    "W": "51c 13b3 13d4 a4ea 118ef",
    "X": "3a7 425 166d 16b7 2573 2cac 2d5d a4eb a7b3 10290 102b4 10317 10322 10527 118ec",
    "Y": "3a5 423 4ae 13a9 13bd 2ca8 a4ec 102b2 118a4 16f43",
    "Z": "396 13c3 a4dc 102f5 118a9",
    "a": "251 3b1 430 1d00 237a ab7a",
    "b": "184 299 42c 432 13cf 13fc 1472 15af",
    "c": "441 1d04 2ca5 abaf 1043d",
    "d": "501 13e7 146f 1d05 a4d2 ab70",
    "e": "435 4bd 1d07 212e ab32 ab7c",
    "f": "584 1e9d a730 a799 ab35",
    "g": "18d 261 262 50d 581 13fb 1d83 ab90",
    "h": "29c 43d 4bb 570 13c2 ab8b",
    "i": "269 26a 3b9 456 4cf 13a5 2373 a647 ab75 118c3",
    "j": "3f3 458 1d0a ab7b",
    "k": "138 3ba 43a 1d0b 2c95 abb6",
    "l": "29f 2cd1 abae 10443",
    "m": "28d 43c 1d0d ab87",
    "n": "274 578 57c",
    "o": "3bf 3c3 43e 585 5e1 647 6be 6c1 6d5 d20 101d 10ff 1d0f 1d11 2c9f ab3d 1042c 104ea 118c8 118d7",
    "p": "3c1 440 1d18 1d29 2374 2ca3 abb2",
    "q": "51b 563 566 a7af",
    "r": "280 433 1d26 2c85 ab47 ab48 ab71 ab81 aba2",
    "s": "1bd 455 a731 abaa 10448 118c1",
    "t": "3c4 442 1d1b ab72",
    "u": "28b 3c5 57d 1d1c a79f ab4e ab52 104f6 118d8",
    "v": "3bd 475 5d8 1d20 2228 22c1 aba9 11706 118c0",
    "w": "26f 461 51d 561 1d21 ab83 1170a 1170e 1170f",
    "x": "d7 445 1541 157d 166e 292b 292c 2a2f",
    "y": "263 28f 3b3 443 4af 10e7 1d8c 1eff ab5a 118dc",
    "z": "1d22 ab93 118c4",
}

CONFUSABLES: dict[str, str] = {
    chr(int(point, 16)): plain for plain, points in _LOOK.items() for point in points.split()
}
