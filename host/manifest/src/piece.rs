//! Granting what a plugin asks for, piece by piece.
//!
//! Rule: what an ask names is granted as it is asked; what only the operator can name (which repositories, which folders, where a secret
//! is) they say with it. The outcome is what they could have written into `portico.yaml`.

use serde_json::{Map, Value, json};

use crate::rights::AskLine;

/// What granting an ask takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Nothing but the wish: this value, under these keys of `grants`; lists are added to.
    Asked(&'static [&'static str], Value),
    /// Names that the operator says, one a line: under this key.
    Names(&'static str),
    /// Where the secret of this name is: `env NAME` or `file /path`.
    Secret(String),
}

/// `grants` of the pieces that were chosen, each with what was said to it.
pub fn grants_of<'a>(chosen: impl Iterator<Item = (&'a AskLine, &'a str)>) -> Result<Value, String> {
    let mut grants = json!({});
    for (line, said) in chosen {
        match &line.piece {
            Piece::Asked(path, value) => put(&mut grants, path, value.clone()),
            Piece::Names(key) => {
                let names: Vec<&str> = said.lines().map(str::trim).filter(|name| !name.is_empty()).collect();
                if names.is_empty() {
                    return Err(format!("say which {key} are granted, one a line"));
                }
                put(&mut grants, &[key], json!(names));
            }
            Piece::Secret(name) => {
                let (kind, place) = said.trim().split_once(char::is_whitespace).unwrap_or((said.trim(), ""));
                let place = place.trim();
                if !matches!(kind, "env" | "file") || place.is_empty() {
                    return Err(format!(
                        "say where the secret `{name}` is found: `env NAME` for an environment variable of the portal, or `file /path`"
                    ));
                }
                put(&mut grants, &["credentials", name], json!({ "secret": { kind: place } }));
            }
        }
    }
    Ok(grants)
}

fn put(grants: &mut Value, path: &[&str], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        match (grants, value) {
            (Value::Array(list), Value::Array(more)) => more.into_iter().for_each(|item| {
                if !list.contains(&item) {
                    list.push(item);
                }
            }),
            (place, value) => *place = value,
        }
        return;
    };
    if !grants.is_object() {
        *grants = Value::Object(Map::new());
    }
    put(&mut grants[*key], rest, value);
}
