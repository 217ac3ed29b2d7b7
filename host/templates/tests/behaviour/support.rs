//! A context that all tests share, and short ways to ask.

use portico_templates::{Context, Dialect, Template, TemplateError, TextTemplate, Whitespace};
use serde_json::{Value, json};

/// What names mean in the tests.
pub(crate) fn context() -> Context {
    let names = json!({
        "parameters": {
            "name": "Billing API", "count": 3, "half": 0.5, "tags": ["rust", "grpc", "beta"], "empty": "", "none": null, "on": true, "off": false,
            "repoUrl": "github.com?owner=acme&repo=billing", "nothing": [], "place": {"city": "Bern", "zip": {"codes": [3000, 3011]}},
            "people": [{"name": "Zoe", "age": 30, "lead": true}, {"name": "adam", "age": 41, "lead": false}],
            "markup": "<b>\"it's\" & more</b>", "lines": "one\ntwo\n", "my-key": 7,
        },
        "user": {"entity": {"metadata": {"name": "zoe"}}, "ref": "user:default/zoe"},
        "secrets": {"TOKEN": "s3cr3t"},
        "steps": {},
    });
    let names = names.as_object().expect("an object");
    let context = names.iter().try_fold(Context::new(), |context, (name, value)| context.with(name, value));
    let output = json!({"remoteUrl": "https://git.example/billing", "files": [{"path": "a"}]});
    context.and_then(|context| context.with_step("publish", &output)).expect("a flat context")
}

/// What a text comes to in a file.
pub(crate) fn rendered(text: &str) -> Result<String, TemplateError> {
    TextTemplate::parse(text, Dialect::Backstage, Whitespace::default())?.render(&context())
}

/// What a value comes to.
pub(crate) fn value(value: Value) -> Result<Option<Value>, TemplateError> {
    Template::parse(&value)?.evaluate(&context())
}
