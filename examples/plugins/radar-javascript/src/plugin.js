// A technology radar in the portal: the two extension points, and the calls into the portal.

import { get as entity, search } from "portico:plugin/catalog@0.1.0";
import { send } from "portico:plugin/http@0.1.0";
import { Session, current, cursor, retain } from "portico:plugin/ingest@0.1.0";
import { log } from "portico:plugin/run@0.1.0";
import { get as settings } from "portico:plugin/settings@0.1.0";

import { draw, nothing, tagsOf, usedBy } from "./card.js";
import { answered, calling, header } from "./portal.js";
import { KIND, parse } from "./radar.js";
import { text } from "./text.js";

// Entities of one question; a component has fewer tags.
const PAGE = 1000;

export const ingestion = {
  // Reads the radar, unless the server says that it is as it was.
  sync: calling(() => {
    const { url } = JSON.parse(settings());
    const etag = cursor(url);
    const headers = etag ? [["if-none-match", etag]] : [];
    const response = send({ method: "GET", url, headers, body: null, timeoutMs: null });
    if (response.status === 304) {
      return current(url);
    }
    const { documents, problems } = parse(url, JSON.parse(text(answered(url, response).body)));
    const session = Session.open(url, "full");
    session.put(documents);
    session.report(problems);
    const { added, updated, removed } = Session.commit(session, header(response, "etag") ?? null);
    // What another address brought goes only now: one that cannot be read costs nothing of what is there.
    retain([url]);
    log("info", `${added} technologies are new, ${updated} changed, ${removed} are gone`);
  }),
};

export const cards = {
  // Draws the card on a component: how the technologies stand that it is tagged with.
  render: calling((_id, context) => {
    const component = context.entity && entity(context.entity);
    const tags = tagsOf(component ? JSON.parse(component) : {});
    if (tags.length === 0) {
      return nothing();
    }
    // Values of one key are alternatives.
    const filters = [`kind=${KIND.toLowerCase()}${tags.map((tag) => `,metadata.name=${tag}`).join("")}`];
    const found = search({ filters, text: null, order: [], fields: [], limit: PAGE, cursor: null });
    const used = usedBy(found.entities.map((one) => JSON.parse(one)));
    return used.length === 0 ? nothing() : draw(used);
  }),

  // The card has no buttons.
  invoke: calling((id, action) => {
    throw { tag: "not-found", val: `the card \`${id}\` has no button that does \`${action}\`` };
  }),
};
