//! Has plugins draw cards, and do what their buttons say.

use std::sync::Arc;
use std::time::Duration;

use portico_api_types::{CardOffer, Invocation, PluginCard};
use portico_kinds::Schema;
use portico_manifest::{CardDeclaration, Extension, Limits, Period};
use portico_model::EntityRef;
use wasmtime::Store;

use super::checked::checked;
use super::kept::{Kept, Key};
use crate::bindings::cards::exports::portico::plugin::cards::{Card, Context};
use crate::bindings::portico::plugin::types::EntityRef as GuestRef;
use crate::call::{Answered, Share, Work};
use crate::capabilities::handed::guest_reference;
use crate::classify::clean;
use crate::fault::Fault;
use crate::guest::Guest;
use crate::host::Host;
use crate::plugin::{Loaded, Plugin};
use crate::points::{Points, offered};

/// Computing time of a card: two hundred times what a card of ten blocks takes, and little enough for a page full of them.
const CPU: Period = Period::seconds(1);

/// Time on the clock of a card, with what it waits for: nobody looks longer at an empty box.
const WALL: Period = Period::seconds(10);

/// How long a card is not asked for again of which its plugin says that it cannot be drawn.
const PAUSE: Duration = Duration::from_secs(10);

/// How long a card without an entity is kept that does not say so itself.
const HOME: Duration = Duration::from_secs(60);

/// Why a card is not drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// There is no such card.
    #[error("there is no card `{id}` of a plugin `{plugin}` here")]
    Unknown {
        /// The plugin that was named.
        plugin: String,
        /// The card that was named.
        id: String,
    },
    /// The card has no such button, or not any more.
    #[error("the card has no button for `{action}`; look at the card again, it may have changed")]
    NoButton {
        /// What was asked for.
        action: String,
    },
    /// What was filled in breaks the rules of the button's form.
    #[error("{}", .0.join(" "))]
    Input(Vec<String>),
    /// The plugin failed.
    #[error("{message}")]
    Failed {
        /// The stable word for machines, as for runs.
        code: String,
        /// What happened, and what to do.
        message: String,
    },
    /// The catalog failed.
    #[error("{0}")]
    Store(String),
}

/// Has a card drawn.
struct Render {
    id: String,
    context: Context,
}

impl Work for Render {
    type Answer = Card;

    fn subject(&self) -> String {
        subject(&self.id, self.context.entity.as_ref())
    }

    fn limits(&self, granted: Limits) -> Limits {
        within(granted)
    }

    fn share(&self) -> Share {
        Share::Quick
    }

    fn may_ingest(&self) -> bool {
        false
    }

    async fn enter(self, points: Points, store: &mut Store<Guest>) -> Answered<Card> {
        let plugin = offered(points.cards.as_ref(), Extension::Cards)?.instantiate_async(&mut *store).await?;
        plugin.portico_plugin_cards().call_render(store, &self.id, &self.context).await
    }
}

/// Has a button do what it says.
struct Invoke {
    id: String,
    action: String,
    input: String,
    context: Context,
}

impl Work for Invoke {
    type Answer = Card;

    fn subject(&self) -> String {
        format!("the button `{}` of {}", clean(&self.action), subject(&self.id, self.context.entity.as_ref()))
    }

    fn limits(&self, granted: Limits) -> Limits {
        within(granted)
    }

    fn share(&self) -> Share {
        Share::Quick
    }

    async fn enter(self, points: Points, store: &mut Store<Guest>) -> Answered<Card> {
        let Invoke { id, action, input, context } = self;
        let plugin = offered(points.cards.as_ref(), Extension::Cards)?.instantiate_async(&mut *store).await?;
        plugin.portico_plugin_cards().call_invoke(store, &id, &action, &input, &context).await
    }
}

/// A card of one entity, or of the home page: that it cannot be drawn says nothing of others.
fn subject(id: &str, entity: Option<&GuestRef>) -> String {
    match entity {
        Some(GuestRef { kind, namespace, name }) => format!("the card `{id}` of {kind}:{namespace}/{name}"),
        None => format!("the card `{id}`"),
    }
}

fn within(granted: Limits) -> Limits {
    Limits { cpu: granted.cpu.min(CPU), wall: granted.wall.min(WALL), ..granted }
}

/// A card, and for whom it is drawn.
struct Asked {
    plugin: Arc<Plugin>,
    loaded: Arc<Loaded>,
    card: CardDeclaration,
    entity: Option<EntityRef>,
    user: Option<EntityRef>,
    key: Key,
}

impl Host {
    /// A card, drawn now or kept from before.
    pub(crate) async fn card(
        self: &Arc<Self>,
        plugin: &str,
        id: &str,
        entity: Option<&EntityRef>,
        user: Option<&EntityRef>,
    ) -> Result<Arc<PluginCard>, CardError> {
        let asked = self.asked(plugin, id, entity, user).await?;
        self.kept_cards.get_or(&asked.key, || self.drawn(&asked)).await
    }

    /// Does what a button of a card says, and answers the card as it is then.
    pub(crate) async fn invoke(
        self: &Arc<Self>,
        plugin: &str,
        id: &str,
        entity: Option<&EntityRef>,
        user: Option<&EntityRef>,
        invocation: Invocation,
    ) -> Result<Arc<PluginCard>, CardError> {
        let asked = self.asked(plugin, id, entity, user).await?;
        let shown = self.kept_cards.get_or(&asked.key, || self.drawn(&asked)).await?;
        let Invocation { action, input, .. } = invocation;
        let input = if input.is_null() { serde_json::json!({}) } else { input };
        check_input(&shown, &action, &input)?;
        let work = Invoke { id: id.to_owned(), action, input: input.to_string(), context: context(entity, user) };
        let drawn = self.work(&asked, work).await?;
        // What it did may have changed the entity, so that the card is kept under its new state.
        let now = self.asked(plugin, id, entity, user).await?;
        self.kept_cards.put(&asked.key, None);
        self.kept_cards.put(&now.key, Some(keep(Ok(drawn.clone()), &now)));
        Ok(drawn)
    }

    async fn drawn(self: &Arc<Self>, asked: &Asked) -> Kept {
        let work = Render { id: asked.card.id.clone(), context: context(asked.entity.as_ref(), asked.user.as_ref()) };
        keep(self.work(asked, work).await, asked)
    }

    /// Finds a card that a loaded plugin offers, with the state of its entity.
    async fn asked(
        self: &Arc<Self>,
        plugin: &str,
        id: &str,
        entity: Option<&EntityRef>,
        user: Option<&EntityRef>,
    ) -> Result<Asked, CardError> {
        let unknown = || CardError::Unknown { plugin: plugin.to_owned(), id: id.to_owned() };
        let plugin_now = self.plugin(plugin).ok_or_else(unknown)?;
        let loaded = plugin_now.loaded().ok_or_else(unknown)?;
        let card = loaded.manifest.cards.iter().find(|card| card.id == id).cloned().ok_or_else(unknown)?;
        let state = match entity {
            Some(entity) => self.entity_state(entity, &card).await?.ok_or_else(unknown)?,
            None if card.place == portico_api_types::CardPlace::Home => [0; 16],
            None => return Err(unknown()),
        };
        let key = Key {
            plugin: plugin.to_owned(),
            loaded: loaded.number,
            card: id.to_owned(),
            entity: entity.map(|entity| entity.as_str().to_owned()).unwrap_or_default(),
            state,
            user: user.map(|user| user.as_str().to_owned()).unwrap_or_default(),
            changes: plugin_now.counters.changes(),
        };
        Ok(Asked { plugin: plugin_now, loaded, card, entity: entity.cloned(), user: user.cloned(), key })
    }

    async fn work<W: Work<Answer = Card>>(
        self: &Arc<Self>,
        asked: &Asked,
        work: W,
    ) -> Result<Arc<PluginCard>, CardError> {
        let check = |card| checked(card, &asked.card.title).map(Arc::new).map_err(Fault::BadOutput);
        let drawn = self.ask(&asked.plugin, &asked.loaded, Extension::Cards, work, check).await;
        drawn.map_err(|failed| CardError::Failed { code: failed.result.code, message: failed.result.message })
    }
}

/// How long an answer is kept.
fn keep(answer: Result<Arc<PluginCard>, CardError>, asked: &Asked) -> Kept {
    let time = match &answer {
        Err(_) => {
            let subject = subject(&asked.card.id, asked.entity.as_ref().map(guest_reference).as_ref());
            Some(asked.plugin.rest(Extension::Cards, &subject).map_or(PAUSE, |(left, _)| left))
        }
        Ok(card) => match (card.refresh_seconds, &asked.entity) {
            (Some(seconds), _) => Some(Duration::from_secs(seconds.into())),
            (None, None) => Some(HOME),
            (None, Some(_)) => None,
        },
    };
    Kept::new(answer, time)
}

/// Whether the card has the button, and what was filled in is valid by its form.
fn check_input(card: &PluginCard, action: &str, input: &serde_json::Value) -> Result<(), CardError> {
    let buttons = card.blocks.iter().filter_map(|block| match block {
        portico_api_types::Block::Buttons { items } => Some(items),
        _ => None,
    });
    let button = buttons.flatten().find(|button| button.action == action);
    let button = button.ok_or_else(|| CardError::NoButton { action: action.to_owned() })?;
    let form = button.form.clone().unwrap_or_else(|| serde_json::json!({ "type": "object", "maxProperties": 0 }));
    let schema = Schema::new(&form, "input", "the form").map_err(|reason| CardError::Failed {
        code: "badOutput".to_owned(),
        message: format!("The form of the button `{}` cannot be used: {reason}.", button.label),
    })?;
    let wrong: Vec<String> = schema.check(input).into_iter().map(|(_, sentence)| sentence).collect();
    if wrong.is_empty() { Ok(()) } else { Err(CardError::Input(wrong)) }
}

fn context(entity: Option<&EntityRef>, user: Option<&EntityRef>) -> Context {
    // The pages speak one language.
    Context { entity: entity.map(guest_reference), user: user.map(guest_reference), locale: "en".to_owned() }
}

/// What offers are, for the host's own lists.
pub(super) fn offer(loaded: &Loaded, card: &CardDeclaration) -> CardOffer {
    card.offer(&loaded.manifest.name)
}
