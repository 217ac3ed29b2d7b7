// Tests of what needs no portal: the document, the card, and what a status means. `portico plugin test` runs them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { draw } from "../src/card.js";
import { parse } from "../src/items.js";
import { answered, calling } from "../src/portal.js";
import { text } from "../src/text.js";

const URL = "https://x.test/items.json";

test("the document becomes items", () => {
  const bytes = readFileSync(new globalThis.URL("../example.json", import.meta.url));
  const { documents, problems } = parse(URL, JSON.parse(text(bytes)));
  assert.deepEqual(documents.map(({ document }) => JSON.parse(document).spec), [{ state: "good" }, { state: "bad" }]);
  assert.deepEqual(problems, []);
});

test("one item that is wrong costs no other", () => {
  const good = { name: "good", title: "Good", state: "good" };
  const { documents, problems } = parse(URL, { items: [good, { ...good, state: "never" }, null] });
  assert.equal(documents.length, 1);
  assert.deepEqual(
    problems.map(({ path, message }) => [path, message]),
    [
      ["/items/1", "`never` is no state; write one of good, warning, bad"],
      ["/items/2", "`name` is no text; write one"],
    ],
  );
});

test("an item that is bad says what to do", () => {
  const card = draw({ spec: { state: "bad" } });
  assert.deepEqual(card.status, { label: "Bad", tone: "bad" });
  assert.equal(card.blocks[0].val[0].value.val, "Mend it");
});

test("an item that is not there says so", () => {
  assert.equal(draw({}).blocks[0].tag, "empty");
});

test("a server that asks for a pause gets it", () => {
  const response = { status: 429, headers: [["Retry-After", "60"]], body: [] };
  assert.throws(() => answered(URL, response), ({ tag, val }) => tag === "unavailable" && val.retryAfter === 60);
});

test("a mistake is an error with its place, not the end", () => {
  const mistaken = calling(() => undefined.name);
  assert.throws(mistaken, ({ tag, val }) => tag === "failed" && val.startsWith("TypeError"));
});
