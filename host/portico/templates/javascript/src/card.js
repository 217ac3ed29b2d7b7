// The card on an item, as data that the portal draws.

const STATES = {
  good: { label: "Good", advice: "Nothing" },
  warning: { label: "Warning", advice: "Have a look" },
  bad: { label: "Bad", advice: "Mend it" },
};

export function draw(item) {
  const state = STATES[item.spec?.state];
  if (!state) {
    return card(null, { tag: "empty", val: { message: "Nothing is known of this item.", link: null } });
  }
  const facts = [{ label: "To do", value: { tag: "text", val: state.advice } }];
  return card({ label: state.label, tone: item.spec.state }, { tag: "facts", val: facts });
}

function card(status, block) {
  return { title: null, status, blocks: [block], refreshSeconds: null };
}
