// Tests of what needs no portal: the document, the card, and what a status means. `node --test` runs them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { draw, usedBy } from "../src/card.js";
import { answered, calling } from "../src/portal.js";
import { parse } from "../src/radar.js";
import { text } from "../src/text.js";

const URL = "https://radar.acme.example/radar.json";

test("the radar becomes technologies", () => {
  const bytes = readFileSync(new globalThis.URL("../radar.json", import.meta.url));
  const { documents, problems } = parse(URL, JSON.parse(text(bytes)));
  assert.equal(documents.length, 9);
  assert.deepEqual(problems, []);
  assert.deepEqual(JSON.parse(documents[0].document).spec, { ring: "adopt", quadrant: "Languages" });
});

test("one entry that is wrong costs no other", () => {
  const good = { id: "go", name: "Go", quadrant: "Languages", ring: "adopt" };
  const { documents, problems } = parse(URL, { technologies: [good, { ...good, ring: "never" }, null] });
  assert.equal(documents.length, 1);
  assert.equal(problems[0].message, "`never` is no ring; write one of adopt, trial, assess, hold");
  assert.equal(problems[1].path, "/technologies/2");
});

test("what is on hold is said first", () => {
  const technology = (name, ring) => ({ metadata: { name }, spec: { ring, quadrant: "Languages" } });
  const card = draw(usedBy([technology("rust", "adopt"), technology("java", "hold")]));
  assert.deepEqual(card.status, { label: "1 on hold", tone: "bad" });
  assert.equal(card.blocks[1].val.rows[0][0].val.name, "java");
  assert.deepEqual(card.blocks[2].val.series, [{ name: "Languages", tone: null, points: [[0, 2]] }]);
});

test("a server that asks for a pause gets it", () => {
  const response = { status: 429, headers: [["Retry-After", "60"]], body: [] };
  assert.throws(() => answered(URL, response), ({ tag, val }) => tag === "unavailable" && val.retryAfter === 60);
});

test("a mistake is an error with its place, not the end", () => {
  const mistaken = calling(() => undefined.name);
  assert.throws(mistaken, ({ tag, val }) => tag === "failed" && val.startsWith("TypeError"));
});

test("what the portal answered is passed on", () => {
  const denied = { tag: "denied", val: "The plugin may not." };
  const refused = calling(() => {
    throw Object.assign(new Error("see error.payload"), { payload: denied });
  });
  assert.throws(refused, (error) => error === denied);
});

test("bytes are read as UTF-8", () => {
  assert.equal(text(new TextEncoder().encode("100 % für Ä€😀")), "100 % für Ä€😀");
});
