//! Who does what steps want.
//!
//! Rule: the one door to actions. Plugins stand behind it, and whatever a test puts there.

use std::pin::Pin;

use portico_api_types::LogLine;
use portico_manifest::ActionDeclaration;
use portico_runtime::{ActionCall, ActionError, Runtime};
use serde_json::Value;

/// What goes on until it comes to something.
pub(crate) type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Hears what an action says.
pub(crate) type Said<'a> = Box<dyn FnMut(LogLine) + Send + 'a>;

/// Actions by their names.
pub(crate) trait Actions: Send + Sync {
    /// What an action says of itself, if there is somebody who does it.
    fn declared(&self, id: &str) -> Option<ActionDeclaration>;

    /// The action that answers a list, such as `github/branches`.
    fn autocompleter(&self, list: &str) -> Option<String>;

    /// What is wrong with an input of an action: places in it as JSON pointers, with a sentence each.
    fn check_input(&self, id: &str, input: &Value) -> Vec<(String, String)>;

    /// Has an action done; `stop` ends it early.
    fn perform<'a>(
        &'a self,
        call: ActionCall,
        said: Said<'a>,
        stop: Doing<'a, ()>,
    ) -> Doing<'a, Result<Value, ActionError>>;
}

impl Actions for Runtime {
    fn declared(&self, id: &str) -> Option<ActionDeclaration> {
        self.action(id).map(|action| action.declaration)
    }

    fn autocompleter(&self, list: &str) -> Option<String> {
        Runtime::autocompleter(self, list).map(|action| action.declaration.id)
    }

    fn check_input(&self, id: &str, input: &Value) -> Vec<(String, String)> {
        Runtime::check_input(self, id, input)
    }

    fn perform<'a>(
        &'a self,
        call: ActionCall,
        said: Said<'a>,
        stop: Doing<'a, ()>,
    ) -> Doing<'a, Result<Value, ActionError>> {
        Box::pin(self.perform_action(call, said, stop))
    }
}
