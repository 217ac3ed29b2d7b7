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

/// Says what is wrong at a place of one declaration.
pub(crate) struct Say<'a>(pub(crate) &'a KindDeclaration);

impl Say<'_> {
    pub(crate) fn at(&self, place: impl Into<String>, message: impl Into<String>) -> DeclarationError {
        DeclarationError { kind: self.0.name.clone(), place: place.into(), message: message.into() }
    }
}

/// The kind of a declaration.
pub(crate) fn kind(declaration: &KindDeclaration) -> Result<Arc<Kind>, DeclarationError> {
    let say = Say(declaration);
    words(declaration, &say)?;
    if declaration.api_versions.is_empty() {
        return Err(say.at("apiVersions", "there is none; name what documents write, such as `example.com/v1`"));
    }
    for (index, version) in declaration.api_versions.iter().enumerate() {
        if !format::is_api_version(version) {
            let message = format!("{version:?} is no apiVersion; write one such as `example.com/v1`");
            return Err(say.at(format!("apiVersions[{index}]"), message));
        }
    }
    let rule = SchemaRule::new(declaration.schema.as_ref()).map_err(|message| say.at("schema", message))?;
    let relations = declaration.relations.iter().enumerate();
    let relations = relations.map(|(index, field)| relation(field, &say, index)).collect::<Result<_, _>>()?;
    let title = declaration.title.clone().unwrap_or_else(|| declaration.name.clone());
    Ok(Arc::new(Kind {
        plural: declaration.plural.clone().unwrap_or_else(|| format!("{}s", declaration.name.to_lowercase())),
        title_plural: declaration.title_plural.clone().unwrap_or_else(|| format!("{title}s")),
        title,
        name: declaration.name.clone(),
        description: declaration.description.clone(),
        api_versions: declaration.api_versions.clone(),
        spec: Spec::Rule(Arc::new(rule)),
        relations,
    }))
}

/// Holds names, titles and numbers against their limits.
pub(crate) fn words(declaration: &KindDeclaration, say: &Say<'_>) -> Result<(), DeclarationError> {
    if !format::is_kind(&declaration.name) {
        return Err(say.at("name", "it is no name of a kind; write letters and digits, beginning with a letter"));
    }
    let plural = declaration.plural.as_deref();
    if plural.is_some_and(|plural| !plural.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())) {
        return Err(say.at("plural", "it stands in addresses; write lower-case letters and digits"));
    }
    let lines = [("name", Some(&declaration.name)), ("plural", declaration.plural.as_ref())];
    let titles = [("title", declaration.title.as_ref()), ("titlePlural", declaration.title_plural.as_ref())];
    for (place, text) in lines.into_iter().chain(titles) {
        if let Some(text) = text {
            line(place, text, say)?;
        }
    }
    if declaration.description.len() > PARAGRAPH {
        return Err(say.at("description", format!("it has more than {PARAGRAPH} bytes; say it in a sentence or two")));
    }
    for (place, count) in [
        ("relations", declaration.relations.len()),
        ("columns", declaration.columns.len()),
        ("properties", declaration.properties.len()),
    ] {
        if count > MOST {
            return Err(say.at(place, format!("there are {count}; at most {MOST} are taken")));
        }
    }
    for (index, column) in declaration.columns.iter().enumerate() {
        line(&format!("columns[{index}].title"), &column.title, say)?;
        line(&format!("columns[{index}].path"), &column.path, say)?;
    }
    Ok(())
}

/// A text that has to fit a line.
pub(crate) fn line(place: &str, text: &str, say: &Say<'_>) -> Result<(), DeclarationError> {
    if text.trim().is_empty() {
        return Err(say.at(place, "it is empty; fill it in"));
    }
    if text.len() > LINE || text.chars().any(char::is_control) {
        return Err(say.at(place, format!("write it in one line of at most {LINE} bytes")));
    }
    Ok(())
}

fn relation(declared: &RelationDeclaration, say: &Say<'_>, index: usize) -> Result<RelationField, DeclarationError> {
    let place = |key: &str| format!("relations[{index}].{key}");
    line(&place("field"), &declared.field, say)?;
    if declared.field.split('.').any(str::is_empty) {
        return Err(say.at(place("field"), "write the keys below `spec` with dots between, such as `placement.region`"));
    }
    for (key, name) in [("relation", &declared.relation), ("inverse", &declared.inverse)] {
        let is_name = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_name || name.len() > LINE {
            return Err(say.at(place(key), format!("{name:?} is no name of a relation; write one such as `runsIn`")));
        }
    }
    if declared.relation == declared.inverse {
        return Err(say.at(place("inverse"), "both ways have the same name; name the way back, such as `hosts`"));
    }
    for title in [&declared.title, &declared.inverse_title].into_iter().flatten() {
        line(&place("title"), title, say)?;
    }
    let targets: Vec<String> = declared.targets.iter().map(|kind| kind.to_lowercase()).collect();
    let default_kind = match (&declared.default_kind, targets.as_slice()) {
        (Some(kind), _) => Some(kind.to_lowercase()),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    };
    Ok(RelationField {
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
