//! A form as it is drawn.
//!
//! Rule: follows from the answers alone, with what is filled in by itself. What is wrong stands beside the field that it is about, or else
//! beside the nearest around it, or at the head of the page.

use std::collections::BTreeMap;

use portico_api_types::Markdown;
use portico_api_types::template_form::{FormControl, FormField, FormItem, FormPage, TemplateAnswers, TemplateForm};
use serde_json::Value;

use crate::autocomplete;
use crate::check::Fault;
use crate::draw::name;
use crate::form::{Facts, Form, Page};
use crate::limits::ITEMS;
use crate::picker::Picker;
use crate::place;
use crate::plan::{PagePlan, Plan, Shape};
use crate::repository;
use crate::words;

impl Form {
    /// The form for what is filled in so far.
    pub fn state(&self, answers: &TemplateAnswers, facts: &Facts) -> TemplateForm {
        let values = Value::Object(self.settled(answers, facts));
        let faults = self.faults(&values);
        let repository = self.repository();
        let draw = |(at, page): (usize, &Page)| {
            let plan = Form::plan(page, answers, &values);
            let faults = faults.iter().filter(|fault| fault.page == at);
            Drawing { answers, values: &values, repository: repository.as_deref(), errors: beside(faults, &plan) }
                .page(page, &plan)
        };
        let pages: Vec<FormPage> = self.pages.iter().enumerate().map(draw).collect();
        TemplateForm { is_complete: pages.iter().all(|page| page.is_complete), pages }
    }

    /// The place of the repository that other fields are about.
    fn repository(&self) -> Option<String> {
        let properties = || self.pages.iter().flat_map(|page| &page.node.properties);
        let is_one = |schema: &Value| words::text(schema, "field") == Some("RepoUrlPicker");
        let named = properties().find(|(name, node)| name == "repoUrl" && is_one(&node.schema));
        let (name, _) = named.or_else(|| properties().find(|(_, node)| is_one(&node.schema)))?;
        Some(place::below("", name))
    }
}

/// Sentences by the place of the field that they stand beside; those of none by the empty place.
fn beside<'f>(faults: impl Iterator<Item = &'f Fault>, plan: &PagePlan<'_>) -> BTreeMap<String, Vec<String>> {
    let mut errors: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut places = std::collections::BTreeSet::new();
    let mut note = |plan: &Plan<'_>| {
        if !matches!(plan.shape, Shape::Picker(Picker::Hidden)) {
            places.insert(plan.pointer.clone());
        }
    };
    plan.fields.iter().for_each(|field| field.visit(&mut |plan| note(plan)));
    for fault in faults {
        let mut at = fault.pointer.as_str();
        while !at.is_empty() && !places.contains(at) {
            at = at.rsplit_once('/').map_or("", |(around, _)| around);
        }
        let sentence = match fault.pointer.strip_prefix(at).filter(|rest| !rest.is_empty()) {
            Some(rest) => format!("`{}`: {}", place::dotted(rest), fault.sentence),
            None => fault.sentence.clone(),
        };
        errors.entry(at.to_owned()).or_default().push(sentence);
    }
    errors
}

struct Drawing<'a> {
    answers: &'a TemplateAnswers,
    values: &'a Value,
    repository: Option<&'a str>,
    errors: BTreeMap<String, Vec<String>>,
}

impl Drawing<'_> {
    fn page(mut self, page: &Page, plan: &PagePlan<'_>) -> FormPage {
        let fields: Vec<FormField> = plan.fields.iter().map(|field| self.field(field)).collect();
        let alternatives = plan.layers.alternatives.iter().map(|(all, taken)| all.drawn("", *taken)).collect();
        let schema = &page.node.schema;
        FormPage {
            title: page.title.clone(),
            description: markdown(words::text(schema, "description").or_else(|| schema["description"].as_str())),
            alternatives,
            is_complete: self.errors.is_empty(),
            fields,
            errors: self.errors.remove("").unwrap_or_default(),
            remarks: words::remarks(schema),
        }
    }

    fn field(&mut self, plan: &Plan<'_>) -> FormField {
        let schema = &plan.schema;
        let value = self.values.pointer(&plan.pointer);
        let texts = plan.texts(value);
        let (control, remarks) = self.control(plan, value, &texts);
        if let Some(fault) = courtesy(plan, value) {
            self.errors.entry(plan.pointer.clone()).or_default().push(fault);
        }
        FormField {
            name: name(&plan.pointer),
            title: plan.title.clone(),
            description: markdown(words::text(schema, "description").or_else(|| schema["description"].as_str())),
            help: words::text(schema, "help").filter(|help| !help.trim().is_empty()).map(Markdown::inline),
            placeholder: words::text(schema, "placeholder").map(str::to_owned),
            is_required: plan.is_required,
            is_read_only: schema["readOnly"] == Value::Bool(true) || words::is_said(schema, "readonly"),
            is_disabled: words::is_said(schema, "disabled"),
            takes_focus: words::is_said(schema, "autofocus"),
            alternatives: plan
                .layers
                .alternatives
                .iter()
                .map(|(all, taken)| all.drawn(&plan.pointer, *taken))
                .collect(),
            control,
            texts,
            error: self.errors.get(&plan.pointer).and_then(|errors| errors.first().cloned()),
            is_touched: self.answers.touched.contains(&plan.pointer),
            remarks,
            pointer: plan.pointer.clone(),
        }
    }

    fn control(&mut self, plan: &Plan<'_>, value: Option<&Value>, texts: &[String]) -> (FormControl, Vec<String>) {
        let mut remarks = words::remarks(&plan.schema);
        remarks.extend(Picker::unknown(&plan.schema));
        let control = match &plan.shape {
            Shape::Group(fields) => {
                FormControl::Group { fields: fields.iter().map(|field| self.field(field)).collect() }
            }
            Shape::List(items) => self.list(plan, items),
            Shape::Picker(picker) => {
                match picker {
                    Picker::Entities { remarks: more, .. } => remarks.extend(more.iter().cloned()),
                    Picker::Autocomplete(list) => remarks.extend(list.remarks()),
                    _ => {}
                }
                self.picker(picker, plan, value)
            }
            Shape::Plain if is_other(plan, value) => FormControl::Json,
            Shape::Plain => plan.control(texts),
        };
        (control, remarks)
    }

    fn list(&mut self, plan: &Plan<'_>, items: &[Plan<'_>]) -> FormControl {
        let first = plan.layers.first_items();
        let may = |word: &str| words::hint(&plan.schema, word) != Some(&Value::Bool(false)) && plan.is_open();
        let most = plan.schema["maxItems"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(ITEMS);
        let item = |(at, item): (usize, &Plan<'_>)| FormItem {
            can_remove: at >= first && may("removable"),
            can_go_up: at > first && may("orderable"),
            can_go_down: at >= first && at + 1 < items.len() && may("orderable"),
            field: self.field(item),
        };
        FormControl::List {
            items: items.iter().enumerate().map(item).collect(),
            can_add: items.len() < most.min(ITEMS)
                && (items.len() < first || plan.layers.has_items())
                && may("addable"),
        }
    }

    fn picker(&self, picker: &Picker, plan: &Plan<'_>, value: Option<&Value>) -> FormControl {
        match picker {
            Picker::Hidden | Picker::Nothing => FormControl::Hidden,
            Picker::Secret => {
                FormControl::Secret { is_filled: value.is_some_and(|value| !crate::draw::text(value).is_empty()) }
            }
            Picker::Entities { offer, .. } => FormControl::Entities(offer.clone()),
            Picker::EntityName => FormControl::EntityName,
            Picker::Tags { filter, shows_counts } => {
                FormControl::Tags { filter: filter.clone(), shows_counts: *shows_counts }
            }
            Picker::Repository(repository) => FormControl::Repository(repository.drawn(value, &plan.pointer)),
            Picker::Branch => {
                let address = self.repository.and_then(|place| self.values.pointer(place));
                FormControl::Branch {
                    repository: self.repository.map(str::to_owned),
                    asks: autocomplete::of_forge("branches", address, &["owner", "repo"]),
                }
            }
            Picker::Autocomplete(list) => {
                FormControl::Autocomplete { asks: list.asks(self.values), is_several: list.is_several }
            }
            Picker::RepositoryOwner { hosts, owners } => {
                let of_repository = || repository::host(self.values.pointer(self.repository?)?);
                let host = hosts.first().cloned().or_else(of_repository);
                FormControl::RepositoryOwner {
                    asks: host.as_deref().map(autocomplete::owners),
                    host,
                    owners: owners.clone(),
                }
            }
        }
    }
}

/// Whether what stands there is of a shape that the field cannot show, and would be lost.
fn is_other(plan: &Plan<'_>, value: Option<&Value>) -> bool {
    let is_deep = value.is_some_and(|value| value.is_object() || value.is_array());
    is_deep && plan.plain().shows(value).is_none()
}

/// What a field of its own asks for beside the schema.
pub(crate) fn courtesy(plan: &Plan<'_>, value: Option<&Value>) -> Option<String> {
    let value = value.filter(|value| !value.is_null())?;
    match &plan.shape {
        Shape::Picker(Picker::Repository(repository)) => repository.fault(value),
        Shape::Picker(Picker::EntityName) if !value.as_str().is_some_and(portico_model::format::is_name) => Some(
            "Write a name that the catalog takes: at most 63 letters, digits, `-`, `_` and `.`, of which the first and the \
             last are letters or digits."
                .to_owned(),
        ),
        _ => None,
    }
}

fn markdown(text: Option<&str>) -> Option<Markdown> {
    text.filter(|text| !text.trim().is_empty()).map(Markdown::blocks)
}
