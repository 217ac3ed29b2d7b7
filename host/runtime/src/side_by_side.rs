//! The same work for each of many things, on all processors.
//!
//! Rule: answers come in the order of the things, and nothing of it goes on afterwards. Its threads are its own and not of a pool, as those
//! of the pool at hand compile plugins for seconds on end.

use std::num::NonZero;
use std::thread;

/// Things of one thread, at least: judging a document takes some 5 µs, and beginning a thread some 20.
const SHARE: usize = 64;

/// Threads, at most: one source should not have all of a large machine to itself.
const THREADS: usize = 4;

/// Does the work for each; it must not block.
pub(crate) fn side_by_side<T: Send, R: Send>(mut things: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(THREADS).min(things.len() / SHARE).max(1);
    let share = things.len().div_ceil(threads);
    let work = &work;
    thread::scope(|scope| {
        let rest = things.split_off(share.min(things.len()));
        let others: Vec<_> = shares(rest, share)
            .into_iter()
            .map(|things| scope.spawn(move || things.into_iter().map(work).collect::<Vec<R>>()))
            .collect();
        let mut done: Vec<R> = things.into_iter().map(work).collect();
        for other in others {
            match other.join() {
                Ok(answers) => done.extend(answers),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}

fn shares<T>(mut things: Vec<T>, share: usize) -> Vec<Vec<T>> {
    let mut shares = Vec::new();
    while !things.is_empty() {
        let rest = things.split_off(share.min(things.len()));
        shares.push(std::mem::replace(&mut things, rest));
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_things_however_many() {
        for count in [0, 1, SHARE, 2 * SHARE, 2 * SHARE + 1, 1_000, 10_007] {
            let things: Vec<usize> = (0..count).collect();
            assert_eq!(side_by_side(things.clone(), |thing| thing), things);
        }
    }

    #[test]
    #[should_panic(expected = "the last one is broken")]
    fn a_panic_of_any_thread_is_one_of_the_caller() {
        side_by_side((0..1_000).collect(), |thing| assert!(thing < 999, "the last one is broken"));
    }
}
