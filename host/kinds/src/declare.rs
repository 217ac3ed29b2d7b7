//! A declaration becomes a kind.

use std::sync::Arc;

use portico_api_types::{KindDeclaration, RelationDeclaration};
use portico_model::{Kind, Others, RelationField, Spec, format};

use crate::DeclarationError;
use crate::schema::SchemaRule;

/// Relations, columns and properties of a kind, each: pages and indexes hold all of them.
pub(crate) const MOST: usize = 100;

/// Bytes of a name, a title, a path: a line on a page.
const LINE: usize = 120;

/// Bytes of a description: a paragraph.
const PARAGRAPH: usize = 1_000;

/// What is wrong with one declaration, as it is found.
pub(crate) struct Say<'a> {
    pub(crate) declaration: &'a KindDeclaration,
    pub(crate) found: Vec<DeclarationError>,
}

impl<'a> Say<'a> {
    pub(crate) fn of(declaration: &'a KindDeclaration) -> Say<'a> {
        Say { declaration, found: Vec::new() }
    }

    /// Says what is wrong at a place.
    pub(crate) fn wrong(&mut self, place: impl Into<String>, message: impl Into<String>) {
        let (kind, place) = (self.declaration.name.clone(), place.into());
        self.found.push(DeclarationError { kind, place, message: message.into() });
    }
}

/// The kind of a declaration, of the parts that nothing is wrong with.
pub(crate) fn kind(declaration: &KindDeclaration, say: &mut Say<'_>) -> Arc<Kind> {
    words(declaration, say);
    if declaration.api_versions.is_empty() {
        say.wrong("apiVersions", "there is none; name what documents write, such as `example.com/v1`");
    }
    for (index, version) in declaration.api_versions.iter().enumerate() {
        if !format::is_api_version(version) {
            let message = format!("{version:?} is no apiVersion; write one such as `example.com/v1`");
            say.wrong(format!("apiVersions[{index}]"), message);
        }
    }
    let rule = SchemaRule::new(declaration.schema.as_ref()).unwrap_or_else(|faults| {
        faults.into_iter().for_each(|message| say.wrong("schema", message));
        SchemaRule::none()
    });
    let relations = declaration.relations.iter().enumerate();
    let relations = relations.filter_map(|(index, field)| relation(field, say, index)).collect();
    let title = declaration.title.clone().unwrap_or_else(|| declaration.name.clone());
    Arc::new(Kind {
        plural: declaration.plural.clone().unwrap_or_else(|| format!("{}s", declaration.name.to_lowercase())),
        title_plural: declaration.title_plural.clone().unwrap_or_else(|| format!("{title}s")),
        title,
        name: declaration.name.clone(),
        description: declaration.description.clone(),
        api_versions: declaration.api_versions.clone(),
        spec: Spec::Rule(Arc::new(rule)),
        relations,
    })
}

/// Holds names, titles and numbers against their limits.
pub(crate) fn words(declaration: &KindDeclaration, say: &mut Say<'_>) {
    let is_kind = format::is_kind(&declaration.name);
    if !is_kind {
        say.wrong("name", "it is no name of a kind; write letters and digits, beginning with a letter");
    }
    let plural = declaration.plural.as_ref();
    let stands_in_addresses =
        |plural: &String| plural.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_plural = plural.is_none_or(stands_in_addresses);
    if !is_plural {
        say.wrong("plural", "it stands in addresses; write lower-case letters and digits");
    }
    for (place, text) in [
        ("name", Some(&declaration.name).filter(|_| is_kind)),
        ("plural", plural.filter(|_| is_plural)),
        ("title", declaration.title.as_ref()),
        ("titlePlural", declaration.title_plural.as_ref()),
    ] {
        if let Some(text) = text {
            line(place, text, say);
        }
    }
    if declaration.description.len() > PARAGRAPH {
        say.wrong("description", format!("it has more than {PARAGRAPH} bytes; say it in a sentence or two"));
    }
    for (place, count) in [
        ("relations", declaration.relations.len()),
        ("columns", declaration.columns.len()),
        ("properties", declaration.properties.len()),
    ] {
        if count > MOST {
            say.wrong(place, format!("there are {count}; at most {MOST} are taken"));
        }
    }
    for (index, column) in declaration.columns.iter().enumerate().take(MOST) {
        line(&format!("columns[{index}].title"), &column.title, say);
        line(&format!("columns[{index}].path"), &column.path, say);
    }
}

/// Holds a text against what fits a line; true if it does.
pub(crate) fn line(place: &str, text: &str, say: &mut Say<'_>) -> bool {
    if text.trim().is_empty() {
        say.wrong(place, "it is empty; fill it in");
        return false;
    }
    if text.len() > LINE || text.chars().any(char::is_control) {
        say.wrong(place, format!("write it in one line of at most {LINE} bytes"));
        return false;
    }
    true
}

/// The relation of a field; none if something is wrong with it.
fn relation(declared: &RelationDeclaration, say: &mut Say<'_>, index: usize) -> Option<RelationField> {
    let before = say.found.len();
    let place = |key: &str| format!("relations[{index}].{key}");
    if line(&place("field"), &declared.field, say) && declared.field.split('.').any(str::is_empty) {
        say.wrong(place("field"), "write the keys below `spec` with dots between, such as `placement.region`");
    }
    for (key, name) in [("relation", &declared.relation), ("inverse", &declared.inverse)] {
        let is_name = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_name || name.len() > LINE {
            say.wrong(place(key), format!("{name:?} is no name of a relation; write one such as `runsIn`"));
        }
    }
    if declared.relation == declared.inverse {
        say.wrong(place("inverse"), "both ways have the same name; name the way back, such as `hosts`");
    }
    for title in [&declared.title, &declared.inverse_title].into_iter().flatten() {
        line(&place("title"), title, say);
    }
    if say.found.len() > before {
        return None;
    }
    let targets: Vec<String> = declared.targets.iter().map(|kind| kind.to_lowercase()).collect();
    let default_kind = match (&declared.default_kind, targets.as_slice()) {
        (Some(kind), _) => Some(kind.to_lowercase()),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    };
    Some(RelationField {
        path: declared.field.clone(),
        relation: declared.relation.as_str().into(),
        inverse: declared.inverse.as_str().into(),
        default_kind,
        targets,
        others: Others::Refused,
        many: declared.many,
        required: declared.required,
    })
}
