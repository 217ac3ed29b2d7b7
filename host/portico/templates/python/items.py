"""The document: a list of items."""

import json

from componentize_py_types import Err
from wit_world.imports import types
from wit_world.imports.ingest import Cause, Origin, Problem, Put

# As the manifest declares it.
KIND = "MyPluginItem"
API_VERSION = "my-plugin.example/v1"

# How an item stands.
STATES = ["good", "warning", "bad"]


def parse(url, document):
    """What is handed over of a document, and the entries that are no items."""
    entries = document.get("items") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        message = f"{url} holds no list `items`; the plugin's page shows what it should look like"
        raise Err(types.Error_Failed(message))
    puts, problems = [], []
    for index, entry in enumerate(entries):
        if message := wrong(entry):
            problems.append(problem(url, f"/items/{index}", entry, message))
        else:
            puts.append(Put(json.dumps(item(entry)), Origin("items.json", 1, url, None)))
    return puts, problems


def wrong(entry):
    """What is wrong with an entry, and what to do; nothing if it is in order."""
    if not isinstance(entry, dict):
        return "the entry is no mapping; write one with `name`, `title` and `state`"
    for key in ("name", "title", "state"):
        if not isinstance(entry.get(key), str):
            return f"`{key}` is no text; write one"
    state = entry["state"]
    return None if state in STATES else f"`{state}` is no state; write one of {', '.join(STATES)}"


def item(entry):
    metadata = {"name": entry["name"], "title": entry["title"]}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": {"state": entry["state"]}}


def problem(url, path, entry, message):
    name = entry.get("name") if isinstance(entry, dict) else None
    entity = types.EntityRef(KIND, "default", name) if isinstance(name, str) and name else None
    return Problem(Cause.REFUSED, "items.json", 0, 0, path, entity, None, url, message)
