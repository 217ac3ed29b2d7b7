//! All kinds of a portal, with what is derived for their entities.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portico_api_types::{KindDeclaration, KindDetail, KindOrigin, PropertyTitle, RelationTitle};
use portico_model::Kinds;

use crate::DeclarationError;
use crate::declare::{self, Say};
use crate::property::{Expressions, Property, Rule};

/// Kinds that a portal may be given.
const MOST: usize = 500;

/// A declaration, and who brought it.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// The declaration.
    pub declaration: KindDeclaration,
    /// Who brought it.
    pub origin: KindOrigin,
}

/// All kinds of a portal.
pub struct Registry {
    kinds: Arc<Kinds>,
    /// By the name of the kind in lower case.
    declared: BTreeMap<String, Declared>,
    /// By the name of the kind in lower case; kinds without are left out.
    properties: BTreeMap<String, Vec<Property>>,
    chains: Vec<Chain>,
    expressions: Arc<dyn Expressions>,
}

/// A way from entities to what their properties look at.
pub(crate) struct Chain {
    /// The kind of the entities, in lower case.
    pub(crate) kind: String,
    /// The inverses of the relations on the way, in the order of the way.
    pub(crate) back: Vec<String>,
}

impl Registry {
    /// The kinds that are built in, and these; otherwise the first thing that is wrong with any.
    pub fn new(declared: Vec<Declared>, expressions: Arc<dyn Expressions>) -> Result<Registry, DeclarationError> {
        let (registry, found) = Registry::of_sound(declared, expressions);
        match found.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(registry),
        }
    }

    /// The kinds that are built in, and of these what nothing is wrong with, for who looks further; with everything that is wrong, each
    /// with the index of the declaration.
    pub fn of_sound(
        declared: Vec<Declared>,
        expressions: Arc<dyn Expressions>,
    ) -> (Registry, Vec<(usize, DeclarationError)>) {
        let mut found = Vec::new();
        if let Some(beyond) = declared.get(MOST) {
            let mut say = Say::of(&beyond.declaration);
            say.wrong("", format!("there are {} kinds; at most {MOST} are taken", declared.len()));
            found.extend(say.found.into_iter().map(|error| (MOST, error)));
        }
        let mut kinds = Kinds::built_in().clone();
        let mut by_name: BTreeMap<String, (usize, Declared)> = BTreeMap::new();
        for (index, one) in declared.into_iter().enumerate().take(MOST) {
            let mut say = Say::of(&one.declaration);
            let name = one.declaration.name.to_lowercase();
            let other = by_name.get(&name);
            if let Some((_, other)) = other {
                let message = format!("it is declared {} already; remove one of the two", origin(&other.origin));
                say.wrong("name", message);
            }
            if Kinds::built_in().get(&one.declaration.name).is_some() {
                extends(&one.declaration, &mut say);
            } else {
                let kind = declare::kind(&one.declaration, &mut say);
                if other.is_none()
                    && let Err(error) = kinds.add(kind)
                {
                    say.wrong("", error.to_string());
                }
            }
            found.extend(std::mem::take(&mut say.found).into_iter().map(|error| (index, error)));
            by_name.entry(name).or_insert((index, one));
        }
        let learned = learned(&by_name, &kinds, &*expressions, &mut found);
        let mut registry = Registry {
            kinds: Arc::new(kinds),
            declared: by_name.into_iter().map(|(name, (_, one))| (name, one)).collect(),
            properties: learned,
            chains: Vec::new(),
            expressions,
        };
        registry.chains = registry.ways();
        (registry, found)
    }

    /// The ways from entities to what their properties look at.
    fn ways(&self) -> Vec<Chain> {
        let mut chains = Vec::new();
        for (kind, properties) in &self.properties {
            for property in properties {
                if let Rule::Related { along, .. } = &property.rule {
                    let back = along.iter().filter_map(|relation| self.kinds.inverse(relation)).map(str::to_owned);
                    chains.push(Chain { kind: kind.clone(), back: back.collect() });
                }
            }
        }
        chains.sort_by(|a, b| (&a.kind, &a.back).cmp(&(&b.kind, &b.back)));
        chains.dedup_by(|a, b| (&a.kind, &a.back) == (&b.kind, &b.back));
        chains
    }

    /// The kinds that documents are judged by.
    pub fn kinds(&self) -> &Arc<Kinds> {
        &self.kinds
    }

    /// What was declared, by the name of the kind in lower case.
    pub fn declared(&self) -> &BTreeMap<String, Declared> {
        &self.declared
    }

    /// Whether anything is derived from other entities.
    pub fn looks_at_others(&self) -> bool {
        !self.chains.is_empty()
    }

    /// The properties of a kind, its name in lower case.
    pub(crate) fn properties(&self, kind: &str) -> Option<&[Property]> {
        self.properties.get(kind).map(Vec::as_slice)
    }

    /// Whether entities of a kind, its name in lower case, have properties.
    pub fn derives(&self, kind: &str) -> bool {
        self.properties.contains_key(kind)
    }

    pub(crate) fn chains(&self) -> &[Chain] {
        &self.chains
    }

    pub(crate) fn expressions(&self) -> &dyn Expressions {
        &*self.expressions
    }

    /// Every kind as it is listed.
    pub fn details(&self) -> Vec<KindDetail> {
        let details = self.kinds.iter().map(|kind| {
            let declared = self.declared.get(&kind.name.to_lowercase());
            let declaration = declared.map(|declared| &declared.declaration);
            let built_in = Kinds::built_in().get(&kind.name).is_some();
            let properties = self.properties(&kind.name.to_lowercase()).unwrap_or_default();
            KindDetail {
                name: kind.name.clone(),
                plural: kind.plural.clone(),
                title: kind.title.clone(),
                title_plural: kind.title_plural.clone(),
                description: kind.description.clone(),
                icon: declaration.and_then(|declaration| declaration.icon.clone()),
                origin: declared.filter(|_| !built_in).map_or(KindOrigin::BuiltIn, |declared| declared.origin.clone()),
                columns: declaration.map(|declaration| declaration.columns.clone()).unwrap_or_default(),
                properties: properties
                    .iter()
                    .map(|property| PropertyTitle { name: property.name.clone(), title: property.title.clone() })
                    .collect(),
                relations: declaration.map(relation_titles).unwrap_or_default(),
            }
        });
        details.collect()
    }
}

/// The properties of declared kinds that nothing is wrong with; kinds without are left out.
fn learned(
    declared: &BTreeMap<String, (usize, Declared)>,
    kinds: &Kinds,
    expressions: &dyn Expressions,
    found: &mut Vec<(usize, DeclarationError)>,
) -> BTreeMap<String, Vec<Property>> {
    let mut learned = BTreeMap::new();
    for (kind, (place, one)) in declared {
        let mut say = Say::of(&one.declaration);
        let reach = one.declaration.reach.as_ref();
        let reach: Option<Arc<[String]>> = reach.map(|kinds| kinds.iter().map(|kind| kind.to_lowercase()).collect());
        let mut properties: Vec<Property> = Vec::new();
        let mut names = BTreeSet::new();
        for (index, declared) in one.declaration.properties.iter().enumerate().take(declare::MOST) {
            if !names.insert(&declared.name) {
                say.wrong(format!("properties[{index}].name"), "there is one of this name already");
            }
            let property = Property::new(declared, kinds, expressions, &mut say, index);
            properties.extend(property.map(|property| property.within(reach.clone())));
        }
        found.extend(say.found.into_iter().map(|error| (*place, error)));
        if !properties.is_empty() {
            learned.insert(kind.clone(), properties);
        }
    }
    learned
}

fn relation_titles(declaration: &KindDeclaration) -> Vec<RelationTitle> {
    let both = declaration
        .relations
        .iter()
        .flat_map(|field| [(&field.relation, &field.title), (&field.inverse, &field.inverse_title)]);
    both.filter_map(|(relation, title)| Some(RelationTitle { relation: relation.clone(), title: title.clone()? }))
        .collect()
}

/// A built-in kind may be shown otherwise and have properties; what its documents mean stands.
fn extends(declaration: &KindDeclaration, say: &mut Say<'_>) {
    declare::words(declaration, say);
    for (place, is_there) in [
        ("plural", declaration.plural.is_some()),
        ("title", declaration.title.is_some()),
        ("titlePlural", declaration.title_plural.is_some()),
        ("description", !declaration.description.is_empty()),
        ("apiVersions", !declaration.api_versions.is_empty()),
        ("schema", declaration.schema.is_some()),
        ("relations", !declaration.relations.is_empty()),
    ] {
        if is_there {
            let message =
                "the kind is built in, and stands as it is; give it `columns`, `properties` and an `icon` only";
            say.wrong(place, message);
        }
    }
}

/// Who brought a kind, in a sentence.
pub(crate) fn origin(origin: &KindOrigin) -> String {
    match origin {
        KindOrigin::BuiltIn => "by the portal itself".to_owned(),
        KindOrigin::File => "in a file of the folders under `kinds` in portico.yaml".to_owned(),
        KindOrigin::Api => "through the API".to_owned(),
        KindOrigin::Plugin { plugin } => format!("by the plugin {plugin}"),
    }
}
