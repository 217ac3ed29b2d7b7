//! From the head of a request to whoever reads it: what the head proves is checked before its body comes, and the body has its room.
//!
//! Rule: whoever has not proven who it is holds no more than the strangers' room, which senders that have do not need, and uses up no rate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use portico_manifest::SecretSource;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::delivery::Delivery;
use super::gate::{Gate, Head, IntakeError};
use super::turned_away::TurnedAway;
use crate::host::Host;

/// KiB of the bodies that are held at once of senders that are known, and as many of those that are not.
const ROOM: u32 = 64 << 10;

/// How long a request waits for room: senders of webhooks wait for ten seconds, with all that follows.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where requests come to: a route of a plugin, or a source that sends by itself.
pub trait Address: Send {
    /// What is checked of each.
    fn gate(&self) -> &Gate;

    /// The secrets that signatures are made with, by their names.
    fn secrets(&self) -> BTreeMap<String, SecretSource>;

    /// Hears of a request that was turned away. A source that sends by itself has no page that would show it.
    fn turned_away(&self, _reason: TurnedAway) {}
}

/// Room for bodies.
pub(crate) struct Rooms {
    known: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

impl Default for Rooms {
    fn default() -> Rooms {
        let room = || Arc::new(Semaphore::new(ROOM as usize));
        Rooms { known: room(), strangers: room() }
    }
}

impl Rooms {
    async fn room(&self, sender: &Sender, length: u64) -> Result<OwnedSemaphorePermit, IntakeError> {
        let room = match sender {
            Sender::Known(_) => &self.known,
            Sender::Stranger => &self.strangers,
        };
        let kib = u32::try_from(length.div_ceil(1 << 10)).unwrap_or(ROOM).clamp(1, ROOM);
        let waited = tokio::time::timeout(PATIENCE, room.clone().acquire_many_owned(kib)).await;
        waited.ok().and_then(Result::ok).ok_or(IntakeError::Crowded)
    }
}

/// Who sends a request, before its body is there.
enum Sender {
    /// Its head proves it; with the delivery, if it names one.
    Known(Option<Delivery>),
    /// Only its body can prove it.
    Stranger,
}

/// A request whose body may come.
pub struct Admitted<A> {
    address: A,
    head: Head,
    sender: Sender,
    room: OwnedSemaphorePermit,
}

impl<A: Address> Admitted<A> {
    /// Its body turned out to be something that is not taken.
    pub fn turned_away(&self, reason: TurnedAway) {
        self.address.turned_away(reason);
    }
}

/// A request whose sender is known, and that comes for the first time.
pub(super) struct Proven<A> {
    pub(super) address: A,
    pub(super) head: Head,
    pub(super) delivery: Option<Delivery>,
    /// Held for as long as its body is.
    pub(super) room: OwnedSemaphorePermit,
}

impl Host {
    /// Checks the head of a request, and waits for room for its body. Where no length is said, it is as long as may be.
    pub(crate) async fn admit<A: Address>(
        &self,
        address: A,
        mut head: Head,
        length: Option<u64>,
    ) -> Result<Admitted<A>, IntakeError> {
        let admitted = self.let_in(&address, &mut head, length).await;
        let (sender, room) = admitted.inspect_err(|error| turned_away(&address, error))?;
        Ok(Admitted { address, head, sender, room })
    }

    async fn let_in<A: Address>(
        &self,
        address: &A,
        head: &mut Head,
        length: Option<u64>,
    ) -> Result<(Sender, OwnedSemaphorePermit), IntakeError> {
        let gate = address.gate();
        let length = length.unwrap_or_else(|| gate.size());
        if length > gate.size() {
            return Err(IntakeError::TooLarge(gate.size()));
        }
        let sender = if gate.is_proven_by_head() {
            Sender::Known(gate.pass(head, &[], &address.secrets(), &self.deliveries).await?)
        } else {
            gate.glance(head)?;
            Sender::Stranger
        };
        let room = self.rooms.room(&sender, length).await?;
        Ok((sender, room))
    }

    /// Checks what only the body of a request proves.
    pub(super) async fn proven<A: Address>(
        &self,
        admitted: Admitted<A>,
        body: &[u8],
    ) -> Result<Proven<A>, IntakeError> {
        let Admitted { address, mut head, sender, room } = admitted;
        let delivery = match sender {
            Sender::Known(delivery) => delivery,
            Sender::Stranger => {
                let passed = address.gate().pass(&mut head, body, &address.secrets(), &self.deliveries).await;
                passed.inspect_err(|error| turned_away(&address, error))?
            }
        };
        Ok(Proven { address, head, delivery, room })
    }
}

fn turned_away(address: &impl Address, error: &IntakeError) {
    if let Some(reason) = TurnedAway::by(error) {
        address.turned_away(reason);
    }
}

/// Does something to its end, also if nobody waits for it any more: senders hang up, and what has begun is not for them to end.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, IntakeError>> + Send + 'static,
) -> Result<T, IntakeError> {
    tokio::spawn(work).await.map_err(|error| IntakeError::Unable(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn strangers_take_no_room_from_senders_that_are_known() {
        let rooms = Rooms::default();
        let (known, stranger) = (Sender::Known(None), Sender::Stranger);
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(rooms.room(&stranger, 8 << 20).await.unwrap());
        }
        assert_eq!(rooms.room(&stranger, 0).await.err(), Some(IntakeError::Crowded), "be it for a byte");
        assert!(rooms.room(&known, 8 << 20).await.is_ok());
        held.pop();
        assert!(rooms.room(&stranger, 8 << 20).await.is_ok(), "what was read makes room");
        let waits = rooms.room(&stranger, (8 << 20) + 1);
        let (waited, ()) = tokio::join!(waits, async {
            tokio::time::sleep(PATIENCE / 2).await;
            held.pop();
        });
        assert!(waited.is_ok(), "it waits for a while");
    }

    #[tokio::test]
    async fn what_has_begun_goes_on_when_nobody_waits_for_it() {
        let (done, mut is_done) = tokio::sync::mpsc::channel(1);
        let (go, may_go) = tokio::sync::oneshot::channel::<()>();
        let mut asked = Box::pin(to_its_end(async move {
            may_go.await.map_err(|error| IntakeError::Failed(error.to_string()))?;
            done.send(()).await.map_err(|error| IntakeError::Failed(error.to_string()))
        }));
        assert!(tokio::time::timeout(Duration::ZERO, &mut asked).await.is_err(), "it has begun");
        drop(asked);
        go.send(()).unwrap();
        assert_eq!(is_done.recv().await, Some(()));
    }
}
