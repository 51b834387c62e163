"""What the built-in demo says: a tour of the product, chosen by what the person asks."""

import re

from .demo_essay import ESSAY

NOTICE = "No model is connected yet: a built-in demo is answering. The answers are written in advance."

STARTERS = [
    "What is this, and how do I connect a real model?",
    "Show me everything Markdown can do here",
    "Write a little Python and JavaScript",
    "Compare three ways to cross a river, in a table",
    "Tell me a long story about canal locks",
    "Say something that moderation has to stop",
]

WELCOME = """\
Hello, and welcome! One thing first, so that nobody is fooled: **no model is connected yet.** I am a built-in demo, \
and everything I say was written in advance. The rest is real. My words stream through the same code as a model's \
would, they are checked before they are saved, and you may stop, retry or reload whenever you like.

### Connect a real model

An administrator opens the menu at the bottom left, then *Assistants*, then *Connect a model*: OpenAI, Anthropic, Ollama \
on your own machine, or any server that speaks the OpenAI format. A test shows whether it works; nothing has to be started \
again.

Whoever prefers to say it in the environment sets these variables and starts again:

| Variable | What to put there |
| --- | --- |
| `CHAT_PROVIDER_PROTOCOL` | `openai`, `anthropic` or `ollama` |
| `CHAT_PROVIDER_URL` | the address of the API, such as `http://127.0.0.1:8080/v1` |
| `CHAT_PROVIDER_KEY` | the access key, if the server wants one |
| `CHAT_MODEL` | the name of the model |

### Meanwhile, look around

- Ask for **Markdown**, **code** or a **table** to see how answers are drawn.
- Ask for a **long story**, then press *Stop*, scroll up, or reload the page in the middle of it.
- Ask for something that **moderation has to stop**, and see what a held answer looks like.
"""

MARKDOWN = """\
# A short tour of Markdown

Plain paragraphs come first, because most answers are made of them. Words can be **bold**, *emphasised*, ~~struck \
out~~ or `typed as code`, and a [link](https://commonmark.org/help/) says where it goes.

## Lists

1. Numbered steps keep their order.
2. They can hold more than one thing:
   - a point of their own,
   - and another,
     - even one level deeper.
3. Then they go on.

## Quotes

> Whatever is said twice should be said once,
> and whatever is said once should be clear.
>
> — advice that fits chats as well as programs

## Code and tables

```sh
echo "Every line of code is coloured as it arrives."
```

| Alignment | Left | Centre | Right |
| --- | :--- | :---: | ---: |
| Words | one | two | three |
| Numbers | 1 | 22 | 333 |

---

Typography works too: “quotes”, dashes – and long ones — and letters from everywhere: ñ, ß, 你好, здравствуйте, 🌍.
"""

CODE = """\
Here is the same small task twice: count the words of a text and show the most frequent ones. In Python:

```python
from collections import Counter
import re


def frequent(text: str, most: int = 5) -> list[tuple[str, int]]:
    \"\"\"The `most` frequent words of `text`, with their counts.\"\"\"
    words = re.findall(r"\\w+", text.lower())
    return Counter(words).most_common(most)


for word, count in frequent("the cat and the dog and the bird"):
    print(f"{count:>3}  {word}")
```

And in JavaScript:

```js
function frequent(text, most = 5) {
  const counts = new Map();
  for (const word of text.toLowerCase().match(/\\p{L}+/gu) ?? []) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, most);
}

for (const [word, count] of frequent("the cat and the dog and the bird")) {
  console.log(String(count).padStart(3), word);
}
```

Both keep the order of first appearance among words that are equally frequent. Every block has a button that copies it.
"""

TABLE = """\
Three ways to cross a river, compared:

| | Bridge | Ferry | Tunnel |
| --- | :--- | :--- | :--- |
| **Waiting** | none | until the next departure | none |
| **Cost to build** | high | low | very high |
| **Cost to run** | low | high: crew, fuel, landing stages | medium: pumps, light, air |
| **Bad weather** | may close in strong wind | stops early in fog and ice | hardly notices |
| **Ships passing** | need height or a moving span | must give way to each other | are not disturbed |
| **The view** | excellent | the best of all | none |

**In short:** a ferry is the cheapest way to begin, a bridge pays once many people cross every day, and a tunnel is \
for places where ships, wind or the city leave no room for a bridge.
"""

BLOCKED = """\
With pleasure. A team's chat should keep no card numbers, so here is one of the kind that the rules look for. It is \
the number that shops use for their tests, and it pays for nothing:

> 4111 1111 1111 1111

If you can still read this after the answer has ended, the rule for payment cards is switched off here. Otherwise \
these words will be taken back in a moment: the answer is held, and a reviewer decides whether it may be shown.
"""

CONTINUE = """\
There is nothing more to add: my answers are short and written in advance. A real model would take up its answer \
exactly where it stopped.
"""

OTHER = """\
You asked about “{topic}”. I would like to help with that, but I am only the built-in demo: no model is connected, so \
all I know is what was written for me in advance.

What I can do is show you around. Ask me for a *welcome*, for *Markdown*, *code* or a *table*, for a *long story*, or \
for something that *moderation* has to stop. The welcome also says how to connect a real model; then ask this again.
"""

_KEYED: tuple[tuple[str, str], ...] = (
    (r"^continue\b|^go on\b", CONTINUE),
    (r"moderat|credit card|api key|secret|forbidden|\bheld\b", BLOCKED),
    (r"\blong\b|\bstory\b|\bessay\b|canal|\blocks?\b", ESSAY),
    (r"\btables?\b|\bcompare\b", TABLE),
    (r"markdown|format", MARKDOWN),
    (r"\bcode\b|python|javascript|program|function", CODE),
    (
        r"^\s*(hi|hello|hey|hallo|welcome|help|test)\b|what (is this|can you do)|who are you|connect|real model|\btour\b|demo",
        WELCOME,
    ),
)


def answer(messages: list[dict[str, str]]) -> str:
    """The demo's answer to the last of the user's `messages`."""
    asked = next((m["content"] for m in reversed(messages) if m.get("role") == "user"), "")
    for pattern, text in _KEYED:
        if re.search(pattern, asked, re.I):
            return text
    topic = _topic(asked)
    return OTHER.format(topic=topic) if topic else WELCOME


def _topic(asked: str) -> str:
    """The first words of a question, without anything Markdown would take for markup."""
    words = re.sub(r"[^\w\s'’.,!?%&+:;()/-]", " ", asked.replace("_", " ")).split()
    topic = ""
    for word in words:
        if len(topic) + len(word) > 60:
            return topic + "…" if topic else word[:60] + "…"
        topic = f"{topic} {word}".strip()
    return topic.rstrip("?!.,;: ")
