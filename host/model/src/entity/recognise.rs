//! Which kind a document is of.
//!
//! Rule: documents write kinds and apiVersions exactly, in their own case. What is nearly right is refused with the
//! right spelling, and judged as if it had been written, so that the author hears of everything at once.

use std::sync::Arc;

use serde_json::Value;

use super::path::Path;
use super::violation::{Rule, Violation};
use crate::format;
use crate::kind::{Kind, Kinds};
use crate::object::text;
use crate::text::{closest, either, shown};

/// The kind by whose rules the document is to be judged; none if it is of none that the portal knows.
pub(super) fn kind_of<'k>(
    document: &Value,
    kinds: &'k Kinds,
    violations: &mut Vec<Violation>,
) -> Option<&'k Arc<Kind>> {
    // What is not there or badly formed has its sentence from the envelope.
    let name = text(document, "kind").filter(|name| format::is_kind(name))?;
    let api_version = text(document, "apiVersion").filter(|version| format::is_api_version(version));
    let Some(kind) = kinds.get(name) else {
        let meant = meant_kind(name, api_version, kinds);
        violations.push(unknown_kind(name, meant, kinds));
        return meant;
    };
    let Some(api_version) = api_version else { return Some(kind) };
    if kind.api_versions.iter().any(|known| known == api_version) {
        return Some(kind);
    }
    let meant = closest(api_version, kind.api_versions.iter().map(String::as_str));
    violations.push(unknown_version(kind, api_version, meant));
    meant.map(|_| kind)
}

/// A kind that is written almost so. A foreign group has kinds of its own, which only look alike.
fn meant_kind<'k>(name: &str, api_version: Option<&str>, kinds: &'k Kinds) -> Option<&'k Arc<Kind>> {
    let meant = closest(name, kinds.iter().map(|kind| kind.name.as_str())).and_then(|name| kinds.get(name))?;
    let is_ours = api_version.is_none_or(|version| {
        kinds.iter().any(|kind| kind.api_versions.iter().any(|known| group(known) == group(version)))
    });
    is_ours.then_some(meant)
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

fn unknown_kind(name: &str, meant: Option<&Arc<Kind>>, kinds: &Kinds) -> Violation {
    let advice = match meant {
        Some(kind) if kind.name.eq_ignore_ascii_case(name) => {
            format!("Kinds are written in their own case: write `{}`.", kind.name)
        }
        Some(kind) => format!("Did you mean `{}`?", kind.name),
        None => {
            let names: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.name)).collect();
            format!("It can be {}.", either(&names))
        }
    };
    let message = format!("`kind` is {}, which is no kind of this portal. {advice}", shown(name));
    Violation::new(Rule::Kind, &Path::ROOT.key("kind"), message)
}

fn unknown_version(kind: &Kind, api_version: &str, meant: Option<&str>) -> Violation {
    let known: Vec<String> = kind.api_versions.iter().map(|version| format!("`{version}`")).collect();
    let advice = match (meant, known.as_slice()) {
        (_, [only]) => format!("Write {only}."),
        (Some(meant), _) => format!("Did you mean `{meant}`?"),
        (None, _) => "Write one of these.".to_owned(),
    };
    let message =
        format!("`apiVersion` is {}, but {} has {}. {advice}", shown(api_version), kind.one(), either(&known));
    Violation::new(Rule::Kind, &Path::ROOT.key("apiVersion"), message)
}
