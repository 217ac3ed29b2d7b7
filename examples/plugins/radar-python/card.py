"""The card on a component, as data that the portal draws."""

from collections import Counter, namedtuple

from wit_world.exports import cards
from wit_world.exports.cards import Card, Chart, ChartKind, Empty, Link, Series, Stat, Status, Table, Tone
from wit_world.imports.types import EntityRef

from document import KIND, RINGS

# Seconds: the radar changes without the component, which alone has the portal draw anew.
REFRESH = 600

TONES = {"adopt": Tone.GOOD, "trial": Tone.INFO, "assess": Tone.WARNING, "hold": Tone.BAD}

Used = namedtuple("Used", "name quadrant ring")


def tags_of(component):
    """The tags of a component."""
    return component.get("metadata", {}).get("tags", [])


def used_by(technologies):
    """Technologies as the card needs them, what is on hold first."""
    used = [Used(one["metadata"]["name"], one["spec"]["quadrant"], one["spec"]["ring"]) for one in technologies]
    return sorted(used, key=lambda one: (-RINGS.index(one.ring), one.name))


def nothing():
    """Said where there is nothing to draw."""
    link = Link("The radar", f"/catalog?kind={KIND.lower()}", None)
    empty = Empty("This component is tagged with no technology of the radar.", link)
    return Card(None, None, [cards.Block_Empty(empty)], REFRESH)


def draw(used):
    count = Counter(one.ring for one in used)
    held = count["hold"]
    status = Status(f"{held} on hold", Tone.BAD) if held else Status("None on hold", Tone.GOOD)
    stats = [
        Stat(ring.title(), str(count[ring]), None, TONES[ring] if count[ring] else Tone.NEUTRAL, [], None)
        for ring in RINGS
    ]
    rows = [
        [
            cards.Cell_Entity(EntityRef(KIND, "default", one.name)),
            cards.Cell_Text(one.quadrant),
            cards.Cell_Status(Status(one.ring.title(), TONES[one.ring])),
        ]
        for one in used
    ]
    blocks = [
        cards.Block_Stats(stats),
        cards.Block_Table(Table(["Technology", "Quadrant", "Ring"], rows)),
        cards.Block_Chart(chart(used)),
    ]
    return Card(None, status, blocks, REFRESH)


def chart(used):
    quadrants = Counter(one.quadrant for one in used)
    series = [Series(name, None, [(0.0, float(count))]) for name, count in sorted(quadrants.items())]
    return Chart(ChartKind.DONUT, "Technologies by quadrant", False, [], None, series)
