"""Brings in the items of one JSON document, and shows on each how it stands: the two extension points, and the calls into the portal."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import catalog, http, ingest, run, settings, types

import card
import items
from portal import answered, calling


class Ingestion(exports.Ingestion):
    @calling
    def sync(self) -> None:
        """Reads the document. Nothing of it is visible before the commit, and all of it after."""
        url = json.loads(settings.get())["url"]
        response = http.send(http.Request("GET", url, [], None, None))
        puts, problems = items.parse(url, json.loads(answered(url, response).body))
        session = ingest.Session.open(url, ingest.Mode.FULL)
        session.put(puts)
        session.report(problems)
        done = ingest.Session.commit(session, None)
        # What another address brought goes only now: one that cannot be read costs nothing of what is there.
        ingest.retain([url])
        run.log(run.Level.INFO, f"{done.added} items are new, {done.updated} changed, {done.removed} are gone")


class Cards(exports.Cards):
    @calling
    def render(self, id, context):
        """Draws the card on an item: how it stands."""
        found = catalog.get(context.entity) if context.entity else None
        return card.draw(json.loads(found) if found else {})

    @calling
    def invoke(self, id, action, input, context):
        """The card has no buttons."""
        raise Err(types.Error_NotFound(f"the card `{id}` has no button that does `{action}`"))
