// The document: a list of items.

// As the manifest declares it.
const KIND = "MyPluginItem";
const API_VERSION = "my-plugin.example/v1";

// How an item stands.
const STATES = ["good", "warning", "bad"];

// What is handed over of a document, and the entries that are no items.
export function parse(url, document) {
  if (!Array.isArray(document?.items)) {
    throw { tag: "failed", val: `${url} holds no list \`items\`; the plugin's page shows what it should look like` };
  }
  const documents = [];
  const problems = [];
  document.items.forEach((entry, index) => {
    const message = wrong(entry);
    if (message) {
      problems.push(problem(url, `/items/${index}`, entry?.name, message));
    } else {
      const origin = { file: "items.json", line: 1, url, parent: null };
      documents.push({ document: JSON.stringify(item(entry)), origin });
    }
  });
  return { documents, problems };
}

// What is wrong with an entry, and what to do.
function wrong(entry) {
  for (const key of ["name", "title", "state"]) {
    if (typeof entry?.[key] !== "string") {
      return `\`${key}\` is no text; write one`;
    }
  }
  return STATES.includes(entry.state) ? null : `\`${entry.state}\` is no state; write one of ${STATES.join(", ")}`;
}

function item({ name, title, state }) {
  return { apiVersion: API_VERSION, kind: KIND, metadata: { name, title }, spec: { state } };
}

function problem(url, path, name, message) {
  const entity = typeof name === "string" && name !== "" ? { kind: KIND, namespace: "default", name } : null;
  return { cause: "refused", file: "items.json", line: 0, column: 0, path, entity, owner: null, url, message };
}
