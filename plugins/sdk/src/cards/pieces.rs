//! Figures, events, standings, gauges and buttons.

use serde_json::Value;

use super::{Button, Event, Gauge, Standing, Stat, Status, Tone};

impl Stat {
    /// A figure to be seen at a glance.
    pub fn new(label: impl Into<String>, value: impl ToString) -> Stat {
        Stat {
            label: label.into(),
            value: value.to_string(),
            unit: None,
            tone: Tone::Neutral,
            trend: Vec::new(),
            url: None,
        }
    }

    /// What it is counted in.
    #[must_use]
    pub fn unit(self, unit: impl Into<String>) -> Stat {
        Stat { unit: Some(unit.into()), ..self }
    }

    /// What it means.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Stat {
        Stat { tone, ..self }
    }

    /// It is as it should be.
    #[must_use]
    pub fn good(self) -> Stat {
        self.tone(Tone::Good)
    }

    /// It is to be looked at.
    #[must_use]
    pub fn warning(self) -> Stat {
        self.tone(Tone::Warning)
    }

    /// Something is broken.
    #[must_use]
    pub fn bad(self) -> Stat {
        self.tone(Tone::Bad)
    }

    /// The same figure before, the newest last.
    #[must_use]
    pub fn trend(self, values: impl IntoIterator<Item = f64>) -> Stat {
        Stat { trend: values.into_iter().collect(), ..self }
    }

    /// Where it leads.
    #[must_use]
    pub fn url(self, url: impl Into<String>) -> Stat {
        Stat { url: Some(url.into()), ..self }
    }
}

impl Event {
    /// Something that happened, at milliseconds since 1970.
    pub fn new(at: u64, title: impl Into<String>) -> Event {
        Event { at, title: title.into(), detail: None, tone: Tone::Neutral, url: None }
    }

    /// In more words.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Event {
        Event { detail: Some(detail.into()), ..self }
    }

    /// What it means.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Event {
        Event { tone, ..self }
    }

    /// Where it leads.
    #[must_use]
    pub fn url(self, url: impl Into<String>) -> Event {
        Event { url: Some(url.into()), ..self }
    }
}

impl Standing {
    /// How one of several things stands.
    pub fn new(name: impl Into<String>, status: Status) -> Standing {
        Standing { name: name.into(), status, detail: None, url: None }
    }

    /// In more words.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Standing {
        Standing { detail: Some(detail.into()), ..self }
    }

    /// Where it leads.
    #[must_use]
    pub fn url(self, url: impl Into<String>) -> Standing {
        Standing { url: Some(url.into()), ..self }
    }
}

impl Gauge {
    /// So much is done of all that there is.
    pub fn new(label: impl Into<String>, done: u32, all: u32) -> Gauge {
        let value = if all == 0 { 0.0 } else { f64::from(done) / f64::from(all) };
        Gauge { label: label.into(), value, said: format!("{done} of {all}"), tone: Tone::Neutral }
    }

    /// A share from 0 to 1, and what to say of it.
    pub fn share(label: impl Into<String>, value: f64, said: impl Into<String>) -> Gauge {
        Gauge { label: label.into(), value, said: said.into(), tone: Tone::Neutral }
    }

    /// What it means.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Gauge {
        Gauge { tone, ..self }
    }
}

impl Button {
    /// Something to do; `action` comes back to [`Cards::invoke`](super::Cards::invoke).
    pub fn new(label: impl Into<String>, action: impl Into<String>) -> Button {
        Button { label: label.into(), action: action.into(), form: None, confirm: None, tone: Tone::Neutral }
    }

    /// A form to fill in first: JSON Schema of an object.
    #[must_use]
    pub fn form(self, schema: Value) -> Button {
        Button { form: Some(schema.to_string()), ..self }
    }

    /// Asked before it is done.
    #[must_use]
    pub fn confirm(self, question: impl Into<String>) -> Button {
        Button { confirm: Some(question.into()), ..self }
    }

    /// What it means; [`Tone::Bad`] for what cannot be undone.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Button {
        Button { tone, ..self }
    }
}
