//! `catalog.rules`: which kinds of entities may come from which locations.
//!
//! Rule: where `catalog.rules` is written, a kind comes in only if some rule allows it for the location; a location's own
//! rules allow more of that location. Where it is not written everything comes in, except from a location with rules of its
//! own, which brings what these allow.

use std::fmt::Write as _;
use std::path::Path;

use globset::{Glob, GlobBuilder, GlobMatcher};
use portico_model::LocationRef;
use serde::Deserialize;
use serde::de::Deserializer;

use crate::denial::quoted;
use crate::folder::absolute;
use crate::manifest::LocationKind;
use crate::written;

/// One entry under `catalog.rules`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogRule {
    /// The kinds.
    #[serde(deserialize_with = "kinds")]
    pub allow: Vec<String>,
    /// The locations that it is about; all, if absent.
    #[serde(default)]
    pub locations: Option<Vec<RuleLocation>>,
}

/// One entry under the `rules` of a location.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnRule {
    /// The kinds.
    #[serde(deserialize_with = "kinds")]
    pub allow: Vec<String>,
}

/// The locations that a rule is about: of one type, and, if it says so, of one target or of those that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLocation {
    kind: LocationKind,
    target: RuleTarget,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum RuleTarget {
    Any,
    Exact(String),
    Pattern(Glob),
}

/// A kind's name, checked where it is read.
struct KindName(String);

impl std::str::FromStr for KindName {
    type Err = String;

    fn from_str(text: &str) -> Result<KindName, String> {
        match portico_model::format::is_kind(text) {
            true => Ok(KindName(text.to_owned())),
            false => Err(format!("`{text}` is no kind; write one such as `Component`")),
        }
    }
}

written::written_as_text!(KindName, "a kind, such as `Component`");

fn kinds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Vec::<KindName>::deserialize(deserializer)?.into_iter().map(|kind| kind.0).collect())
}

impl<'de> Deserialize<'de> for RuleLocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RuleLocation, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            r#type: LocationKind,
            #[serde(default, alias = "target")]
            exact: Option<String>,
            #[serde(default)]
            pattern: Option<String>,
        }
        written::map(deserializer, "a location: `type`, and `exact` or `pattern`", |written: Written| {
            let target = match (written.exact, written.pattern) {
                (None, None) => RuleTarget::Any,
                (Some(exact), None) => RuleTarget::Exact(exact),
                (None, Some(pattern)) => RuleTarget::Pattern(glob(&pattern)?),
                (Some(_), Some(_)) => {
                    return Err("`exact` and `pattern` exclude each other; keep one".to_owned());
                }
            };
            Ok(RuleLocation { kind: written.r#type, target })
        })
    }
}

fn glob(pattern: &str) -> Result<Glob, String> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).case_insensitive(true).build();
    glob.map_err(|error| {
        format!(
            "`{pattern}` is no pattern: {}; write one such as `https://github.com/acme/*/blob/main/*.yaml`",
            error.kind()
        )
    })
}

impl RuleLocation {
    /// The same with paths of this machine made absolute from the folder of `portico.yaml`.
    #[must_use]
    pub fn from_folder(self, base: &Path) -> RuleLocation {
        let target = match (self.kind, self.target) {
            (LocationKind::File, RuleTarget::Exact(path)) => RuleTarget::Exact(absolute(base, &path)),
            (LocationKind::File, RuleTarget::Pattern(pattern)) => {
                // The folder's own name may hold what means something in a pattern.
                let base = globset::escape(&base.to_string_lossy());
                let whole = glob(&absolute(Path::new(&base), pattern.glob()));
                // One that climbs out of a brace has no absolute form; as it stands it matches no absolute path.
                RuleTarget::Pattern(whole.unwrap_or(pattern))
            }
            (_, target) => target,
        };
        RuleLocation { kind: self.kind, target }
    }
}

/// All rules that are written.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whether `catalog.rules` is written, so that what no rule allows stays out.
    general: bool,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    allow: Vec<String>,
    /// None for all.
    locations: Option<Vec<(RuleLocation, Option<GlobMatcher>)>>,
    /// Whether a location wrote it for itself.
    own: bool,
}

impl Rules {
    /// The rules under `catalog.rules`, if that is written, and those that locations write for themselves. None where nothing
    /// is written, and everything comes in.
    pub fn new(general: Option<Vec<CatalogRule>>, own: Vec<(LocationRef, Vec<OwnRule>)>) -> Option<Rules> {
        let is_general = general.is_some();
        let mut rules: Vec<Rule> = general.into_iter().flatten().map(Rule::general).collect();
        for (address, written) in own {
            rules.extend(written.into_iter().filter_map(|rule| Rule::own(&address, rule)));
        }
        (is_general || !rules.is_empty()).then_some(Rules { general: is_general, rules })
    }

    /// Whether an entity of a kind may come from a location; if not, why, and which rule to add.
    pub fn check(&self, kind: &str, origin: &LocationRef) -> Result<(), String> {
        let concerned: Vec<&Rule> = self.rules.iter().filter(|rule| rule.concerns(origin)).collect();
        let ruled = self.general || concerned.iter().any(|rule| rule.own);
        if !ruled || concerned.iter().any(|rule| rule.allows(kind)) {
            return Ok(());
        }
        let allowed: Vec<&str> = concerned.iter().flat_map(|rule| &rule.allow).map(String::as_str).collect();
        let allowed = match allowed.as_slice() {
            [] => "no kind is allowed there".to_owned(),
            [one] => format!("{one} alone is allowed there"),
            several => format!("{} are allowed there", several.join(", ")),
        };
        let remedy = match self.general {
            true => format!(
                "add `{{ allow: [{kind}], locations: [{{ type: {}, exact: {} }}] }}` to `catalog.rules` in portico.yaml",
                origin.kind,
                quoted(&origin.target)
            ),
            false => format!("add `{kind}` to `allow` under the `rules` of that location in portico.yaml"),
        };
        Err(format!("the kind {kind} is not taken from the location {origin}: {allowed}. To take it, {remedy}"))
    }

    /// One text for equal rules, to tell whether they are others than before.
    pub fn spelling(&self) -> String {
        let mut text = String::from(if self.general { "general" } else { "own" });
        for rule in &self.rules {
            let _ = write!(text, "\n{}:{}", if rule.own { "own" } else { "all" }, rule.allow.join(",").to_lowercase());
            for (location, _) in rule.locations.iter().flatten() {
                let _ = match &location.target {
                    RuleTarget::Any => write!(text, " {}", location.kind.as_str()),
                    RuleTarget::Exact(exact) => write!(text, " {}={exact}", location.kind.as_str()),
                    RuleTarget::Pattern(pattern) => write!(text, " {}~{}", location.kind.as_str(), pattern.glob()),
                };
            }
            if rule.locations.is_none() {
                text.push_str(" everywhere");
            }
        }
        text
    }
}

impl Rule {
    fn general(written: CatalogRule) -> Rule {
        let compiled = |location: RuleLocation| {
            let matcher = match &location.target {
                RuleTarget::Pattern(pattern) => Some(pattern.compile_matcher()),
                RuleTarget::Any | RuleTarget::Exact(_) => None,
            };
            (location, matcher)
        };
        let locations = written.locations.map(|locations| locations.into_iter().map(compiled).collect());
        Rule { allow: written.allow, locations, own: false }
    }

    fn own(address: &LocationRef, written: OwnRule) -> Option<Rule> {
        let kind = LocationKind::ALL.into_iter().find(|kind| kind.as_str() == address.kind)?;
        let location = RuleLocation { kind, target: RuleTarget::Exact(address.target.clone()) };
        Some(Rule { allow: written.allow, locations: Some(vec![(location, None)]), own: true })
    }

    fn concerns(&self, origin: &LocationRef) -> bool {
        let Some(locations) = &self.locations else { return true };
        locations.iter().any(|(location, matcher)| {
            location.kind.as_str() == origin.kind
                && match (&location.target, matcher) {
                    (RuleTarget::Exact(exact), _) => *exact == origin.target,
                    (_, Some(matcher)) => matcher.is_match(&origin.target),
                    (_, None) => true,
                }
        })
    }

    fn allows(&self, kind: &str) -> bool {
        self.allow.iter().any(|allowed| allowed.eq_ignore_ascii_case(kind))
    }
}

#[cfg(test)]
mod tests;
