import assert from "node:assert/strict";
import { test } from "node:test";

import { app } from "./app.ts";

test("it says that it is well", async () => {
  const answer = await app().inject("/healthz");
  assert.equal(answer.body, "ok");
});
