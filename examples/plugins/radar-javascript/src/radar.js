// The document: a list of technologies.

// As the manifest declares it.
export const KIND = "Technology";
const API_VERSION = "radar.acme.example/v1";

// How a technology stands, from what to take to what to leave.
export const RINGS = ["adopt", "trial", "assess", "hold"];

// What is handed over of a document, and the entries that are none.
export function parse(url, document) {
  if (!Array.isArray(document?.technologies)) {
    const message = `${url} holds no list \`technologies\`; the plugin's page shows what it should look like`;
    throw { tag: "failed", val: message };
  }
  const documents = [];
  const problems = [];
  document.technologies.forEach((entry, index) => {
    const message = wrong(entry);
    if (message) {
      problems.push(problem(url, `/technologies/${index}`, entry?.id, message));
    } else {
      const origin = { file: "radar.json", line: 1, url, parent: null };
      documents.push({ document: JSON.stringify(technology(entry)), origin });
    }
  });
  return { documents, problems };
}

// What is wrong with an entry, and what to do.
function wrong(entry) {
  for (const key of ["id", "name", "quadrant", "ring"]) {
    if (typeof entry?.[key] !== "string") {
      return `\`${key}\` is no text; write one`;
    }
  }
  return RINGS.includes(entry.ring) ? null : `\`${entry.ring}\` is no ring; write one of ${RINGS.join(", ")}`;
}

function technology({ id, name, quadrant, ring, description, url }) {
  const links = url ? [{ url, title: "Website" }] : undefined;
  const metadata = { name: id, title: name, description: description ?? undefined, links };
  return { apiVersion: API_VERSION, kind: KIND, metadata, spec: { ring, quadrant } };
}

function problem(url, path, id, message) {
  const entity = typeof id === "string" && id !== "" ? { kind: KIND, namespace: "default", name: id } : null;
  return { cause: "refused", file: "radar.json", line: 0, column: 0, path, entity, owner: null, url, message };
}
