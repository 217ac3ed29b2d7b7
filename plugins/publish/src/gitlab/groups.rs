//! `gitlab:group:ensureExists`: groups in one another, of which each is made that is not there.

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result, info};
use serde::Deserialize;
use serde_json::{Value, json};

use super::begin;
use crate::api::{part, said_only};

#[derive(Deserialize)]
struct Input {
    path: Vec<Segment>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Segment {
    Plain(String),
    Named { name: String, slug: String },
}

impl Segment {
    fn slug(&self) -> &str {
        match self {
            Segment::Plain(slug) | Segment::Named { slug, .. } => slug,
        }
    }

    fn name(&self) -> &str {
        match self {
            Segment::Plain(name) | Segment::Named { name, .. } => name,
        }
    }
}

pub(crate) fn ensure(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let input: Input = step.input()?;
    let whole: Vec<&str> = input.path.iter().map(Segment::slug).collect();
    if whole.is_empty() || whole.iter().any(|slug| slug.is_empty() || slug.contains('/') || matches!(*slug, "." | ".."))
    {
        return Err(Error::Invalid(format!(
            "input.path: `{}` names no group; write one name after the other, such as `[acme, platform]`",
            whole.join("/")
        )));
    }
    if step.is_dry(&format!("make the group {} where it is not there", whole.join("/"))) {
        return Ok(Output::none().with("groupId", 0));
    }
    let api = &step.api;
    let mut parent = Value::Null;
    for (place, segment) in input.path.iter().enumerate() {
        let path = whole[..=place].join("/");
        let what = format!("make the group {path}");
        let there: Option<Value> = api.find(&format!("/groups/{}", part(&path))).map_err(api.to(&*what))?;
        let group = match there {
            Some(group) => group,
            None => {
                let is_last = place + 1 == input.path.len();
                let body = said_only(json!({
                    "name": segment.name(),
                    "path": segment.slug(),
                    "parent_id": parent,
                    "description": input.description.as_ref().filter(|_| is_last),
                }));
                let made = api.post("/groups", &body).map_err(api.to(&*what))?;
                info!("the group {path} is made");
                made
            }
        };
        parent = group["id"].clone();
    }
    Ok(Output::none().with("groupId", parent))
}
