//! `ingest.push`: a tool's own objects, which mappings make documents and facts of.
//!
//! Rule: what an object became is counted like what was put; one object may have become many.

use portico_catalog::Session;
use wasmtime::component::Resource;

use crate::bindings::portico::plugin::ingest::{Object, Put, Rejection};
use crate::capabilities::ingest::{Answer, OpenSession};
use crate::guest::{Call, Guest};
use crate::kinds::Taken;
use crate::mapped::{MadeOf, hand_over, made_of};

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
        let made =
            self.call.blocking(move |call| objects.iter().map(|object| made_of(call, object)).collect::<Vec<_>>());
        let mut made: Vec<Result<MadeOf, String>> = made.await?;
        let puts: Vec<Vec<Put>> = made
            .iter_mut()
            .map(|made| made.as_mut().map_or_else(|_| Vec::new(), |made| std::mem::take(&mut made.puts)))
            .collect();
        let counts: Vec<usize> = puts.iter().map(Vec::len).collect();
        let mut taken = self.taken(&handle, puts.into_iter().flatten().collect()).await?.into_iter();
        // One object may have become many.
        let more = made.iter().flatten().map(MadeOf::size).chain(taken.as_slice().iter().map(Taken::size));
        let (entities, bytes) = more.fold((0, 0), |(count, bytes), more| (count + more.0, bytes + more.1));
        if let Err(error) = self.take_room(&handle, entities, bytes, 0)? {
            return Ok(Err(error));
        }
        let made: Vec<(Result<MadeOf, String>, Vec<Taken>)> =
            made.into_iter().zip(counts).map(|(made, count)| (made, taken.by_ref().take(count).collect())).collect();
        let each = |session: &mut Session, call: &Call, (made, taken): (Result<MadeOf, String>, Vec<Taken>)| {
            hand_over(session, call, made?, taken)
        };
        self.hand_over_all(handle, move |session, call| made.into_iter().map(|one| each(session, call, one)).collect())
            .await
    }
}
