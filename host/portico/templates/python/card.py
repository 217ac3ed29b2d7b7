"""The card on an item, as data that the portal draws."""

from wit_world.exports.cards import Block_Empty, Block_Facts, Card, Cell_Text, Empty, Fact, Status, Tone

STATES = {
    "good": (Status("Good", Tone.GOOD), "Nothing"),
    "warning": (Status("Warning", Tone.WARNING), "Have a look"),
    "bad": (Status("Bad", Tone.BAD), "Mend it"),
}


def draw(item):
    state = item.get("spec", {}).get("state")
    if state not in STATES:
        return Card(None, None, [Block_Empty(Empty("Nothing is known of this item.", None))], None)
    status, advice = STATES[state]
    return Card(None, status, [Block_Facts([Fact("To do", Cell_Text(advice))])], None)
