//! What of a page of a form decides which elements there are, and what of it is said as wrong.
//!
//! Rule: pure, so that it is known without a browser when somebody would be disturbed.

use std::collections::BTreeMap;

use portico_api_types::TemplateFormView;
use portico_api_types::template_form::{FormControl, FormField, FormPage};

use super::review;

/// What is wrong on a page, by the place of the field: where somebody has been, or all of it once it is told.
pub(super) fn errors(view: &TemplateFormView, page: usize, is_told: bool) -> BTreeMap<String, String> {
    let mut errors = BTreeMap::new();
    match view.form.pages.get(page) {
        Some(page) => page.fields.iter().for_each(|field| {
            visit(field, &mut |field| {
                if let Some(error) = field.error.as_ref().filter(|_| is_told || field.is_touched) {
                    errors.insert(field.pointer.clone(), error.clone());
                }
            });
        }),
        None if is_told => errors.extend(review::wrong(&view.secrets)),
        None => {}
    }
    errors
}

/// Looks at a field and those in it.
fn visit<'f>(field: &'f FormField, each: &mut impl FnMut(&'f FormField)) {
    each(field);
    match &field.control {
        FormControl::Group { fields } => fields.iter().for_each(|field| visit(field, each)),
        FormControl::List { items, .. } => items.iter().for_each(|item| visit(&item.field, each)),
        _ => {}
    }
}

/// The place of the first field that is meant; of fields in a field, theirs.
pub(super) fn first(fields: &[FormField], is_meant: &impl Fn(&FormField) -> bool) -> Option<String> {
    let mut found = None;
    for field in fields {
        visit(field, &mut |field| {
            let is_around = matches!(field.control, FormControl::Group { .. } | FormControl::List { .. });
            if found.is_none() && !is_around && is_meant(field) {
                found = Some(field.pointer.clone());
            }
        });
    }
    found
}

/// A page as far as it decides which elements there are: without what is typed into them, and what is wrong with that.
pub(super) fn shape(page: &FormPage) -> FormPage {
    let mut page = page.clone();
    page.errors.clear();
    page.is_complete = false;
    page.fields.iter_mut().for_each(bare);
    page
}

fn bare(field: &mut FormField) {
    field.error = None;
    field.is_touched = false;
    match &mut field.control {
        // These show what was chosen by elements of their own.
        FormControl::Fixed | FormControl::Tags { .. } => return,
        FormControl::Entities(entities) if entities.is_several => return,
        FormControl::Group { fields } => fields.iter_mut().for_each(bare),
        FormControl::List { items, .. } => items.iter_mut().for_each(|item| bare(&mut item.field)),
        FormControl::Repository(repository) => {
            for part in &mut repository.parts {
                part.text.clear();
                part.asks = None;
            }
        }
        // What is offered changes in the element that is there.
        FormControl::Autocomplete { asks, is_several: true } => {
            *asks = None;
            return;
        }
        FormControl::Branch { asks, .. }
        | FormControl::RepositoryOwner { asks, .. }
        | FormControl::Autocomplete { asks, .. } => *asks = None,
        _ => {}
    }
    field.texts.clear();
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn field(pointer: &str, control: Value, text: &str, more: Value) -> Value {
        let mut field = json!({
            "pointer": pointer, "name": format!("input.{pointer}"), "title": pointer, "isRequired": true, "control": control,
            "texts": [text],
        });
        field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field
    }

    fn view(fields: Value) -> TemplateFormView {
        let view = json!({
            "answers": {}, "review": { "pages": [] },
            "form": { "pages": [{ "title": "P", "fields": fields, "isComplete": false }], "isComplete": false },
        });
        serde_json::from_value(view).unwrap()
    }

    #[test]
    fn what_is_wrong_is_said_where_somebody_has_been_or_once_it_is_told() {
        let text = || json!({ "type": "text" });
        let touched = field("/a", text(), "x", json!({ "error": "A", "isTouched": true }));
        let inner = field("/g/b", text(), "", json!({ "error": "B" }));
        let view = view(json!([touched, field("/g", json!({ "type": "group", "fields": [inner] }), "", json!({}))]));
        let said = |is_told| errors(&view, 0, is_told).into_keys().collect::<Vec<_>>();
        assert_eq!(said(false), ["/a"]);
        assert_eq!(said(true), ["/a", "/g/b"]);
        assert!(errors(&view, 1, true).is_empty(), "on the review, secrets alone are wrong");
    }

    #[test]
    fn a_page_is_another_one_where_other_elements_are_on_it() {
        let text = json!({ "type": "text" });
        let tags = json!({ "type": "tags", "filter": [], "showsCounts": false });
        let page = |fields: Value| shape(&view(fields).form.pages[0]);
        let one = |control: &Value, said: &str, more: Value| page(json!([field("/a", control.clone(), said, more)]));
        assert_eq!(one(&text, "x", json!({})), one(&text, "y", json!({ "error": "E", "isTouched": true })));
        assert_ne!(one(&text, "x", json!({})), one(&text, "x", json!({ "isReadOnly": true })));
        assert_ne!(one(&tags, "x", json!({})), one(&tags, "y", json!({})), "a tag more is an element more");
        assert_ne!(one(&text, "x", json!({})), page(json!([])));
        let asks = |owner: &str| json!({ "resource": "forge/branches", "context": { "owner": owner } });
        let branch = |owner: &str| json!({ "type": "branch", "asks": asks(owner) });
        assert_eq!(one(&branch("a"), "x", json!({})), one(&branch("ab"), "x", json!({})), "nobody is disturbed");
        let part = |owner: &str| json!({ "part": "repo", "name": "input.repo#/a", "text": owner, "options": [], "asks": asks(owner) });
        let repository = |owner: &str| json!({ "type": "repository", "parts": [part(owner)] });
        assert_eq!(one(&repository("a"), "x", json!({})), one(&repository("ab"), "x", json!({})));
    }

    #[test]
    fn the_first_field_that_is_wrong_takes_the_focus_and_no_group() {
        let inner = field("/g/b", json!({ "type": "text" }), "", json!({ "error": "B" }));
        let group = field("/g", json!({ "type": "group", "fields": [inner] }), "", json!({ "error": "G" }));
        let view = view(json!([group]));
        let fields = &view.form.pages[0].fields;
        assert_eq!(first(fields, &|field| field.error.is_some()).as_deref(), Some("/g/b"));
        assert_eq!(first(fields, &|field| field.takes_focus), None);
    }
}
