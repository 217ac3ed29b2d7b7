// The card on a component, as data that the portal draws.

import { KIND, RINGS } from "./radar.js";

// Seconds: the radar changes without the component, which alone has the portal draw anew.
const REFRESH = 600;

const TONES = { adopt: "good", trial: "info", assess: "warning", hold: "bad" };

// The tags of a component.
export function tagsOf(component) {
  return component.metadata?.tags ?? [];
}

// Technologies as the card needs them, what is on hold first.
export function usedBy(technologies) {
  const used = technologies.map(({ metadata, spec }) => ({ name: metadata.name, quadrant: spec.quadrant, ring: spec.ring }));
  return used.sort((a, b) => RINGS.indexOf(b.ring) - RINGS.indexOf(a.ring) || (a.name < b.name ? -1 : 1));
}

// Said where there is nothing to draw.
export function nothing() {
  const link = { title: "The radar", url: `/catalog?kind=${KIND.toLowerCase()}`, icon: null };
  const message = "This component is tagged with no technology of the radar.";
  return card(null, [{ tag: "empty", val: { message, link } }]);
}

export function draw(used) {
  const count = (ring) => used.filter((one) => one.ring === ring).length;
  const held = count("hold");
  const status = held === 0 ? { label: "None on hold", tone: "good" } : { label: `${held} on hold`, tone: "bad" };
  const stats = RINGS.map((ring) => {
    const tone = count(ring) === 0 ? "neutral" : TONES[ring];
    return { label: title(ring), value: `${count(ring)}`, unit: null, tone, trend: [], url: null };
  });
  const rows = used.map(({ name, quadrant, ring }) => [
    { tag: "entity", val: { kind: KIND, namespace: "default", name } },
    { tag: "text", val: quadrant },
    { tag: "status", val: { label: title(ring), tone: TONES[ring] } },
  ]);
  return card(status, [
    { tag: "stats", val: stats },
    { tag: "table", val: { columns: ["Technology", "Quadrant", "Ring"], rows } },
    { tag: "chart", val: chart(used) },
  ]);
}

function chart(used) {
  const quadrants = [...new Set(used.map(({ quadrant }) => quadrant))].sort();
  const series = quadrants.map((name) => {
    const count = used.filter(({ quadrant }) => quadrant === name).length;
    return { name, tone: null, points: [[0, count]] };
  });
  return { kind: "donut", title: "Technologies by quadrant", xIsTime: false, categories: [], unit: null, series };
}

function card(status, blocks) {
  return { title: null, status, blocks, refreshSeconds: REFRESH };
}

function title(ring) {
  return ring[0].toUpperCase() + ring.slice(1);
}
