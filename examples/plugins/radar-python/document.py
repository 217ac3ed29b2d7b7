"""The document: a list of technologies."""

import json

from componentize_py_types import Err
from wit_world.imports import types
from wit_world.imports.ingest import Cause, Origin, Problem, Put

# As the manifest declares it.
KIND = "Technology"
API_VERSION = "radar.acme.example/v1"

# How a technology stands, from what to take to what to leave.
RINGS = ["adopt", "trial", "assess", "hold"]


def parse(url, document):
    """What is handed over of a document, and the entries that are none."""
    entries = document.get("technologies") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        message = f"{url} holds no list `technologies`; the plugin's page shows what it should look like"
        raise Err(types.Error_Failed(message))
    puts, problems = [], []
    for index, entry in enumerate(entries):
        if message := wrong(entry):
            problems.append(problem(url, f"/technologies/{index}", entry, message))
        else:
            puts.append(Put(json.dumps(technology(entry)), Origin("radar.json", 1, url, None)))
    return puts, problems


def wrong(entry):
    """What is wrong with an entry, and what to do; nothing if it is in order."""
    if not isinstance(entry, dict):
        return "the entry is no mapping; write one with `id`, `name`, `quadrant` and `ring`"
    for key in ("id", "name", "quadrant", "ring"):
        if not isinstance(entry.get(key), str):
            return f"`{key}` is no text; write one"
    ring = entry["ring"]
    return None if ring in RINGS else f"`{ring}` is no ring; write one of {', '.join(RINGS)}"


def technology(entry):
    metadata = {"name": entry["id"], "title": entry["name"]}
    if "description" in entry:
        metadata["description"] = entry["description"]
    if "url" in entry:
        metadata["links"] = [{"url": entry["url"], "title": "Website"}]
    spec = {"ring": entry["ring"], "quadrant": entry["quadrant"]}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec}


def problem(url, path, entry, message):
    name = entry.get("id") if isinstance(entry, dict) else None
    entity = types.EntityRef(KIND, "default", name) if isinstance(name, str) and name else None
    return Problem(Cause.REFUSED, "radar.json", 0, 0, path, entity, None, url, message)
