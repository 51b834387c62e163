"""The demo's long answer, about twelve hundred words: something to stop, to scroll in and to reconnect to."""

ESSAY = """\
# How a boat climbs a hill

A river runs downhill, and a boat would rather not. For most of history that settled the matter: goods went \
downstream with the current, and upstream on somebody's back. The canal lock changed it. It is one of those inventions \
that look obvious once you have seen one at work, and that nobody managed to think of for a very long time.

## The problem of one gate

The oldest answer to a steep river was a single gate. A weir was built across the stream to hold the water back, and \
in the weir was an opening that could be closed with boards. To let a boat pass, the boards were pulled out, one by \
one, and the water rushed through. A boat going down rode the rush, steered with both hands, and hoped. A boat going up \
waited until the worst was over and was then hauled through the gap with ropes and a winch.

It worked, in the sense that boats passed. It also drowned people, wrecked cargoes and emptied the river. Every \
passage let go of the water that a miller upstream had been saving all night, so millers and boatmen spent centuries \
in court with each other. Often a boat had to wait for days until the pond had filled again. A single gate can hold \
water or let a boat through. It cannot do both.

## The second gate

The remedy is to build two gates, one behind the other, with room for a boat between them. That space is the chamber, \
and it changes everything, because it can be made to belong to either side.

Suppose you come from below. The upper gate is closed and holds back the high water. The lower gate is open, and the \
chamber stands at your own level, so you simply float in. The lower gate closes behind you. Now a small opening in the \
upper gate lets water in from above, slowly enough that the boat only rocks a little. The chamber fills and you rise \
with it, like a cork in a bath. When the water inside stands as high as the water above, the upper gate opens with \
hardly any effort, and you float out at the top of the hill.

Nothing was lifted by muscle, and nothing by an engine. The river did the work, and it paid with exactly one chamber \
full of water.

Such chambers were built in China about a thousand years ago, on the Grand Canal, where an official was tired of \
barges that broke as they were dragged over ramps, and of the thieves who waited for them to break. In Europe they \
appeared a few centuries later, in the low countries and in the north of Italy.

## Gates that lean on each other

The first chambers had gates that were raised like a portcullis, or turned on a single post. The pair of doors we know \
today, which meet in the middle at a shallow angle and point upstream, came in the fifteenth century. The drawings \
Leonardo da Vinci left in Milan show them in detail.

The angle is the clever part. Water presses on the doors from above, and because they lean on each other like two \
cards, the pressure pushes them more tightly together. The higher the water, the better the seal. No bolt is needed, \
and no bolt could be strong enough. As long as there is the smallest difference in level, nobody can open those doors \
by accident, and nobody can force them. Once the levels are equal, a child can lean on the beam and swing one aside.

It is worth pausing at this, because it is a good principle far away from canals: **build the safe state so that the \
load itself holds it closed.** A door that must be guarded will one day be left unguarded. A door which the water holds \
shut does not need to be trusted.

## The price of water

Every passage sends one chamber of water downhill. On a river that does not matter, for there is always more. On a \
canal that climbs over a ridge it matters very much: the highest stretch has two ends, and both of them leak away with \
every boat.

Engineers have spent a great deal of thought on this. They dug reservoirs in the hills to feed the summit. They built \
pumping stations which lifted the same water back again, at first with steam. They placed basins beside the chamber: \
as it empties, the first part of the water runs into a basin, and later, when the chamber fills again, flows back. With \
a few such basins at different heights, more than half of the water can be used twice.

There is also a rule that costs nothing. After a boat has gone up, the chamber is full, so the next boat to use it \
should be one that wants to go down. When traffic alternates, each fill serves two boats. Lock-keepers have enforced \
that rule for as long as there have been locks, usually against the protest of whoever was made to wait.

## Stairs

One lock can only lift so far. The doors of a very deep chamber would be too heavy, and the water would enter too \
violently. Where a hill is steep, locks are therefore built in flights, one after another, with short ponds between \
them in which boats can pass each other.

Where there is no room even for ponds, chambers are joined directly, so that the upper gate of one is the lower gate \
of the next. Such a staircase is a fine thing to look at and a delicate thing to work. Open the wrong sluice, and you \
flood the chamber below or leave a boat sitting on the bottom of its own. The keepers have an order of steps, painted \
on a board, and they follow it even after thirty years.

## What remained

Railways took the hurry out of canals, and lorries took most of the rest. In many places the narrow ones were filled \
in, or kept as gutters, until people discovered that they made excellent places to do nothing in particular. The large \
ones never stopped. The ships that cross Panama rise twenty-six metres on their way from one ocean to the other, in \
chambers that would swallow a cathedral, and the principle is still the one of the two gates. No pump lifts those \
ships. It rains in the hills, the lake fills, and the water carries them.

If you ever stand beside a lock while it works, watch the keeper rather than the boat. There is a moment when the \
chamber seems full and the doors will not move. An impatient person pushes. The keeper waits, hands in pockets, and \
looks at the thin line of foam where the doors meet. Then the line goes slack, the beam gives a little of its own \
accord, and it is time.

## Why you have just read this

This was a long answer on purpose, and you can use it to try a few things. Ask for it again and press *Stop* somewhere \
in the middle: what had come by then is kept and marked. Reload the page while it is being written, or open it in a \
second tab: the text goes on where it was. Scroll up to read, and the page will stay where you put it. And when it has \
ended, all of it passes one last gate: it becomes part of the conversation only once the whole text has been checked. \
That is where this program has its name from.
"""
