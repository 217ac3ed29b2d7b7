"""A technology radar in the portal: the two extension points, and the calls into the portal."""

import json

from wit_world import exports
from wit_world.imports import catalog, http, ingest, run, settings
from componentize_py_types import Err
from wit_world.imports import types

import card
import document
from portal import answered, calling, header

# Entities of one question; a component has fewer tags.
PAGE = 1000


class Ingestion(exports.Ingestion):
    @calling
    def sync(self) -> None:
        """Reads the radar, unless the server says that it is as it was."""
        url = json.loads(settings.get())["url"]
        etag = ingest.cursor(url)
        headers = [("if-none-match", etag)] if etag else []
        response = http.send(http.Request("GET", url, headers, None, None))
        if response.status == 304:
            ingest.current(url)
            return
        puts, problems = document.parse(url, json.loads(answered(url, response).body))
        session = ingest.Session.open(url, ingest.Mode.FULL)
        session.put(puts)
        session.report(problems)
        done = ingest.Session.commit(session, header(response, "etag"))
        # What another address brought goes only now: one that cannot be read costs nothing of what is there.
        ingest.retain([url])
        run.log(
            run.Level.INFO,
            f"{done.added} technologies are new, {done.updated} changed, {done.removed} are gone",
        )


class Cards(exports.Cards):
    @calling
    def render(self, id, context):
        """Draws the card on a component: how the technologies stand that it is tagged with."""
        found = catalog.get(context.entity) if context.entity else None
        tags = card.tags_of(json.loads(found)) if found else []
        if not tags:
            return card.nothing()
        # Values of one key are alternatives.
        names = "".join(f",metadata.name={tag}" for tag in tags)
        query = catalog.Query([f"kind={document.KIND.lower()}{names}"], None, [], [], PAGE, None)
        used = card.used_by(json.loads(one) for one in catalog.search(query).entities)
        return card.draw(used) if used else card.nothing()

    @calling
    def invoke(self, id, action, input, context):
        """The card has no buttons."""
        raise Err(types.Error_NotFound(f"the card `{id}` has no button that does `{action}`"))
