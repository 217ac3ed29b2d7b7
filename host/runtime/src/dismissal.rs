//! Letting a plugin go: everybody who works with a version of it hears so, and is waited for.
//!
//! Rule: whoever can call a version holds on to it, with what it hears by; so nothing of a plugin goes on once all of these are gone.

use tokio::sync::watch;

/// Says that a plugin is let go.
pub(crate) struct Dismissal(watch::Sender<bool>);

/// Hears that a plugin is let go; for as long as it is held, the plugin is not gone.
pub(crate) struct Attendance(watch::Receiver<bool>);

impl Default for Dismissal {
    fn default() -> Dismissal {
        Dismissal(watch::Sender::new(false))
    }
}

impl Dismissal {
    /// For one more version of the plugin.
    pub(crate) fn attendance(&self) -> Attendance {
        Attendance(self.0.subscribe())
    }

    /// Says it, and waits until nobody holds on to any version.
    pub(crate) async fn complete(&self) {
        self.0.send_replace(true);
        self.0.closed().await;
    }
}

impl Attendance {
    /// Whether the plugin is let go.
    pub(crate) fn is_over(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the plugin is let go.
    pub(crate) async fn over(&self) {
        if self.0.clone().wait_for(|dismissed| *dismissed).await.is_err() {
            // Nobody knows the plugin any more, and its calls go on to their end.
            std::future::pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn who_holds_on_to_a_plugin_hears_that_it_goes_and_is_waited_for() {
        let dismissal = Dismissal::default();
        let (first, second) = (dismissal.attendance(), dismissal.attendance());
        assert!(!first.is_over());
        let mut complete = Box::pin(dismissal.complete());
        let mut is_complete = || complete.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        assert!(!is_complete());
        first.over().await;
        assert!(second.is_over());
        drop(first);
        assert!(!is_complete());
        drop(second);
        assert!(is_complete());
    }
}
