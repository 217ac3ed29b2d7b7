//! How long a call has computed.
//!
//! A plugin's call is polled whenever it can go on, and computes only while it is polled; what it waits for happens
//! elsewhere. The processor time of the polls, added up, is what it used.
//!
//! Rule: processor time, not time on the clock: a busy machine must not make an honest plugin look greedy.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Counts the processor time of one call.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Counters>);

#[derive(Default)]
struct Counters {
    /// Nanoseconds of finished polls.
    used: AtomicU64,
    /// The thread's clock when the current poll began.
    began: AtomicU64,
}

impl Meter {
    /// What the call has used, asked from inside of a poll.
    pub(crate) fn used_in_poll(&self) -> Duration {
        let began = self.0.began.load(Ordering::Relaxed);
        let now = thread_time();
        Duration::from_nanos(self.0.used.load(Ordering::Relaxed) + now.saturating_sub(began))
    }

    /// What the call has used, between polls.
    pub(crate) fn used(&self) -> Duration {
        Duration::from_nanos(self.0.used.load(Ordering::Relaxed))
    }

    /// The future with its polls counted.
    pub(crate) fn measure<F: Future>(&self, future: F) -> Measured<F> {
        Measured { meter: self.clone(), future: Box::pin(future) }
    }
}

/// A future whose polls are counted.
pub(crate) struct Measured<F> {
    meter: Meter,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Measured<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let began = thread_time();
        self.meter.0.began.store(began, Ordering::Relaxed);
        let polled = self.future.as_mut().poll(cx);
        let spent = thread_time().saturating_sub(began);
        self.meter.0.used.fetch_add(spent, Ordering::Relaxed);
        polled
    }
}

/// Nanoseconds that this thread has computed. A poll begins and ends on one thread.
fn thread_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    (time.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(time.tv_nsec as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_costs_nothing_and_computing_costs_what_it_takes() {
        let meter = Meter::default();
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let wait = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(60));
            sender.send(())
        });
        meter.measure(receiver).await.unwrap();
        wait.join().unwrap().unwrap();
        assert!(meter.used() < Duration::from_millis(40), "{:?}", meter.used());
        let inner = meter.clone();
        let spin = async move {
            while inner.used_in_poll() < Duration::from_millis(50) {
                std::hint::spin_loop();
            }
        };
        meter.measure(spin).await;
        assert!(meter.used() >= Duration::from_millis(50));
    }
}
