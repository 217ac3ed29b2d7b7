//! Evaluates jq expressions. The host runs this as a component in a sandbox that bounds time and memory, because the language can
//! loop for ever and an evaluator in the host's own process could not be stopped.
//!
//! Rule: the same input gives the same value. What depends on the moment or the machine (`now`, `env`, `input`, `debug` …) is not
//! there.

mod evaluator;

pub use evaluator::{check, evaluate};

#[cfg(target_arch = "wasm32")]
mod component {
    #![expect(unsafe_code, reason = "what the macro writes")]

    wit_bindgen::generate!({ path: "wit", world: "evaluator" });

    struct Evaluator;

    impl Guest for Evaluator {
        fn check(expression: String) -> Option<String> {
            crate::check(&expression).err()
        }

        fn evaluate(expression: String, input: String) -> Result<String, String> {
            crate::evaluate(&expression, &input)
        }
    }

    export!(Evaluator);
}
