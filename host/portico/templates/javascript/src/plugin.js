// Brings in the items of one JSON document, and shows on each how it stands: the two extension points, and the calls into the portal.

import { get as entity } from "portico:plugin/catalog@0.1.0";
import { send } from "portico:plugin/http@0.1.0";
import { Session, retain } from "portico:plugin/ingest@0.1.0";
import { log } from "portico:plugin/run@0.1.0";
import { get as settings } from "portico:plugin/settings@0.1.0";

import { draw } from "./card.js";
import { parse } from "./items.js";
import { answered, calling } from "./portal.js";
import { text } from "./text.js";

export const ingestion = {
  // Reads the document. Nothing of it is visible before the commit, and all of it after.
  sync: calling(() => {
    const { url } = JSON.parse(settings());
    const response = send({ method: "GET", url, headers: [], body: null, timeoutMs: null });
    const { documents, problems } = parse(url, JSON.parse(text(answered(url, response).body)));
    const session = Session.open(url, "full");
    session.put(documents);
    session.report(problems);
    const { added, updated, removed } = Session.commit(session, null);
    // What another address brought goes only now: one that cannot be read costs nothing of what is there.
    retain([url]);
    log("info", `${added} items are new, ${updated} changed, ${removed} are gone`);
  }),
};

export const cards = {
  // Draws the card on an item: how it stands.
  render: calling((_id, context) => {
    const item = context.entity && entity(context.entity);
    return draw(item ? JSON.parse(item) : {});
  }),

  // The card has no buttons.
  invoke: calling((id, action) => {
    throw { tag: "not-found", val: `the card \`${id}\` has no button that does \`${action}\`` };
  }),
};
