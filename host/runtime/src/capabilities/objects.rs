//! `ingest.push`: a tool's own objects, which mappings make documents and facts of.
//!
//! Rule: what an object became is counted like what was put; one object may have become many.

use std::collections::VecDeque;

use portico_catalog::Session;
use wasmtime::component::Resource;

use crate::bindings::portico::plugin::ingest::{Object, Put, Rejection};
use crate::bindings::portico::plugin::types::Error;
use crate::capabilities::ingest::Answer;
use crate::capabilities::session::OpenSession;
use crate::guest::{Call, Guest};
use crate::kinds::Taken;
use crate::mapped::{MadeOf, hand_over, made_of};

/// Bytes of what objects become before they are handed on: one object may become as much by itself.
const MADE_AT_ONCE: usize = 8 << 20;

impl Guest {
    pub(super) async fn push_objects(
        &mut self,
        handle: Resource<OpenSession>,
        objects: Vec<Object>,
    ) -> Answer<Vec<Rejection>> {
        let bytes = objects.iter().map(|object| object.data.len()).sum::<usize>() as u64;
        if let Err(error) = self.admit(&handle, objects.len(), bytes, 0)? {
            return Ok(Err(error));
        }
        let (mut rejections, mut number, mut left) = (Vec::new(), 0, VecDeque::from(objects));
        while !left.is_empty() {
            let (made, rest) = self.call.blocking(move |call| make_some(call, left)).await?;
            let count = made.len();
            match self.hand_over_made(&handle, made, number).await? {
                Ok(refused) => rejections.extend(refused),
                Err(error) => return Ok(Err(error)),
            }
            if count == 0 {
                // The call is over, and nobody waits for what it says.
                return Ok(Err(Error::Failed("the call has ended before all objects were looked at".to_owned())));
            }
            number += count as u32;
            left = rest;
        }
        Ok(Ok(rejections))
    }

    /// Hands over what objects became, of which the first has a number among all.
    async fn hand_over_made(
        &mut self,
        handle: &Resource<OpenSession>,
        mut made: Vec<Result<MadeOf, String>>,
        first: u32,
    ) -> Answer<Vec<Rejection>> {
        let puts: Vec<Vec<Put>> = made
            .iter_mut()
            .map(|made| made.as_mut().map_or_else(|_| Vec::new(), |made| std::mem::take(&mut made.puts)))
            .collect();
        let counts: Vec<usize> = puts.iter().map(Vec::len).collect();
        let mut taken = self.taken(handle, puts.into_iter().flatten().collect()).await?.into_iter();
        // One object may have become many.
        let more = made.iter().flatten().map(MadeOf::size).chain(taken.as_slice().iter().map(Taken::size));
        let (entities, bytes) = more.fold((0, 0), |(count, bytes), more| (count + more.0, bytes + more.1));
        if let Err(error) = self.take_room(handle, entities, bytes, 0)? {
            return Ok(Err(error));
        }
        let made: Vec<(Result<MadeOf, String>, Vec<Taken>)> =
            made.into_iter().zip(counts).map(|(made, count)| (made, taken.by_ref().take(count).collect())).collect();
        let each = |session: &mut Session, call: &Call, (made, taken): (Result<MadeOf, String>, Vec<Taken>)| {
            hand_over(session, call, made?, taken)
        };
        let all =
            move |session: &mut Session, call: &Call| made.into_iter().map(|one| each(session, call, one)).collect();
        self.hand_over_all(handle, first, all).await
    }
}

/// What the first of some objects become, as many as fit into the room that there is for them, and those that are left. None of a call that
/// is over.
fn make_some(call: &Call, mut objects: VecDeque<Object>) -> (Vec<Result<MadeOf, String>>, VecDeque<Object>) {
    let (mut made, mut bytes) = (Vec::new(), 0);
    while bytes < MADE_AT_ONCE && !call.is_over() {
        let Some(object) = objects.pop_front() else { break };
        let one = made_of(call, &object);
        bytes += one.as_ref().map_or(0, MadeOf::bytes);
        made.push(one);
    }
    (made, objects)
}
