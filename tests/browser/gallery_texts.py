"""What the model says in the pictures."""

LOCKS = """\
A canal lock is a box of water with a gate at each end. It lifts a boat by **letting water in**, and lowers it by \
letting water out. No pump is needed: gravity does all the work.

## Going up

1. The lower gate opens and the boat goes in.
2. The gate closes behind it.
3. Water from above fills the chamber:
   - slowly at first, so that ropes hold,
   - faster once the boat rides higher.
4. When both levels are the same, the upper gate opens.

> A gate cannot be opened against even a hand's breadth of water.
> That is what makes it safe.

How long does filling take? Roughly the volume divided by the flow of the sluices:

```python
def filling_time(length: float, width: float, rise: float, flow: float) -> float:
    \"\"\"Seconds to raise a chamber (metres) by `rise`, at `flow` cubic metres a second.\"\"\"
    return length * width * rise / flow


print(f"{filling_time(22, 2.3, 2.4, 0.5):.0f} seconds")  # about four minutes
```

### Three famous ones

| Lock | Country | Rise | Opened |
| :--- | :--- | ---: | ---: |
| Caen Hill, 29 in a row | England | 72 m | 1810 |
| Three Gorges | China | 113 m | 2003 |
| Miraflores | Panama | 16.5 m | 1913 |

Boats still queue at all of them. See [the Canal & River Trust](https://canalrivertrust.org.uk/) for how to work one \
yourself, or ask me about `paddles`, *pounds* and ~~pumps~~ side ponds.
"""

REVIEW = """\
Three things stand out in this migration.

| Step | Locks the table | Safe while people use it |
| --- | --- | --- |
| Add the column, nullable | for milliseconds | yes |
| Fill it in batches | only the rows it writes | yes |
| Make it required | to check every row | **not without care** |

The last step is the one to change. Add the constraint first, without checking, and check it afterwards:

```sql
ALTER TABLE orders
    ADD CONSTRAINT region_known CHECK (region IS NOT NULL) NOT VALID;

ALTER TABLE orders VALIDATE CONSTRAINT region_known;  -- reads, but does not block
```
"""

WRITING = (
    REVIEW
    + """
Filling in batches looks like this. It pauses between them, so that other work gets through:

```python
async def fill(batch: int = 1_000) -> int:
    \"\"\"The number of rows that were given a region.\"\"\"
    done = 0
    while rows := await next_rows(batch):
        await write(rows)
        done += len(rows)
        await asyncio."""
)

LETTER = """\
Dear neighbours,

we are giving the shared garden a new bench this spring, and we would like you to choose where it stands. There are \
three places with sun in the afternoon:

- beside the old pear tree,
- along the south wall,
- or facing the pond"""

KEY = "The server wants the key in a header. Use `X-Api-Key: {secret}` and the request is accepted."

TAKEN = "The tide turns every six hours and a little more, because the moon has moved on meanwhile."
