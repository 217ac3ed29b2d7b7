//! A form, made of the parameters of a template.
//!
//! Rule: what is a form keeps every bound, so that nothing that is asked of it later can be dear.

use std::fmt;

use portico_kinds::Schema;
use portico_model::EntityRef;
use serde_json::{Map, Value, json};

use crate::error::FormError;
use crate::limits::PAGES;
use crate::node::{Maker, Node};

/// What a template's parameters ask for.
pub struct Form {
    pub(crate) pages: Vec<Page>,
}

/// A page of a form.
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) node: Node,
    /// The law: all of the schema.
    pub(crate) law: Schema,
}

/// What is known to whoever draws a form, beside the values.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Who is signed in.
    pub user: Option<EntityRef>,
}

impl fmt::Debug for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<&str> = self.pages.iter().map(|page| page.title.as_str()).collect();
        formatter.debug_struct("Form").field("pages", &titles).finish()
    }
}

impl Form {
    /// Makes a form of `spec.parameters`: an object, a list of them, or nothing.
    pub fn parse(parameters: &Value) -> Result<Form, FormError> {
        const PLACE: &str = "spec.parameters";
        match parameters {
            Value::Null => Ok(Form { pages: Vec::new() }),
            Value::Array(pages) if pages.len() > PAGES => {
                let message =
                    format!("it has {} pages; at most {PAGES} are taken, put some of them together", pages.len());
                Err(FormError::new(PLACE, message))
            }
            Value::Array(pages) => {
                let pages = pages.iter().enumerate();
                let pages: Result<_, _> =
                    pages.map(|(at, page)| Page::parse(page, &format!("{PLACE}[{at}]"))).collect();
                Ok(Form { pages: pages? })
            }
            one => Ok(Form { pages: vec![Page::parse(one, PLACE)?] }),
        }
    }
}

impl Page {
    fn parse(schema: &Value, place: &str) -> Result<Page, FormError> {
        let refused = |message: String| FormError::new(place, message);
        if let Some(Value::String(kind)) = schema.get("type").filter(|kind| *kind != "object") {
            return Err(refused(format!(
                "its type is `{kind}`, where a page is an `object`; put it into `properties`"
            )));
        }
        let mut schema = Schema::filled_in(&plain(schema)).map_err(refused)?;
        let law = Schema::filled(&schema, "values", "the form").map_err(refused)?;
        if let Some(fields) = schema.as_object_mut() {
            fields.entry("type").or_insert_with(|| json!("object"));
        }
        let title = schema["title"].as_str().filter(|title| !title.trim().is_empty());
        let title = title.unwrap_or(crate::rest::TITLE).to_owned();
        let node = Maker::new().node(&schema, "", None).map_err(refused)?;
        Ok(Page { title, node, law })
    }
}

/// A page without the name of its language: what is not known of one is passed over as ever.
fn plain(schema: &Value) -> Value {
    match schema.as_object() {
        Some(fields) => {
            let fields = fields.iter().filter(|(key, _)| !matches!(key.as_str(), "$schema" | "$id"));
            Value::Object(fields.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
        }
        None => schema.clone(),
    }
}
