//! Skeletons: files that a template makes descriptors of, and that are none yet.
//!
//! They lie beside the template and are named like descriptors, so a pattern finds them.
//!
//! Rule: what a Template says is its skeleton is left out, and so is a document whose name is still a placeholder, and a
//! file with placeholders in a folder that is called a skeleton. A file that a Location names is no skeleton, whatever it
//! looks like.

use serde_json::Value;

use crate::paths;

/// The folders that templates make things of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skeletons(Vec<String>);

impl Skeletons {
    /// Notes the folders that a Template in `file` fetches.
    pub(crate) fn learn(&mut self, entity: &Value, file: &str) {
        if entity["kind"] != "Template" {
            return;
        }
        for step in entity["spec"]["steps"].as_array().into_iter().flatten() {
            let fetches = step["action"].as_str().is_some_and(|action| action.starts_with("fetch:"));
            let Some(url) = step["input"]["url"].as_str().filter(|url| fetches && !url.contains("://")) else {
                continue;
            };
            // `./skeletons/${{ parameters.language }}` is one of the folders in `./skeletons`.
            let fixed = url.split("${{").next().unwrap_or(url);
            let fixed = if fixed.len() < url.len() { paths::folder(fixed) } else { fixed };
            // A template that fetches its own folder would take itself out.
            let own = paths::folder(file);
            let folder = paths::resolve(file, fixed)
                .filter(|folder| !folder.is_empty() && folder != own && !paths::is_below(file, folder));
            self.0.extend(folder);
        }
    }

    /// Whether no template makes anything of a folder.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a file lies in one of them.
    pub(crate) fn hold(&self, path: &str) -> bool {
        path.contains("{{") || self.0.iter().any(|folder| paths::is_below(path, folder))
    }
}

/// Whether a file is what people call a skeleton: by its folder's name, and because there is something to fill in.
pub(crate) fn is_called_one(path: &str, text: &[u8]) -> bool {
    let called = paths::folder(path).split('/').any(|name| matches!(name, "skeleton" | "skeletons"));
    called && text.windows(2).any(|two| matches!(two, b"{{" | b"{%"))
}

/// Whether a document waits for a template to fill in its name.
pub(crate) fn is_unrendered(document: &Value) -> bool {
    let holds = |value: &Value| value.as_str().is_some_and(|text| text.contains("{{") || text.contains("{%"));
    holds(&document["metadata"]["name"]) || holds(&document["kind"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_template_fetches_is_a_skeleton() {
        let template = |url: &str| {
            json!({"kind": "Template", "spec": {"steps": [
                {"action": "debug:log", "input": {"url": "./not-this"}},
                {"action": "fetch:template", "input": {"url": url}},
            ]}})
        };
        let cases = [
            ("./skeleton", "a/skeleton/catalog-info.yaml", true),
            ("./skeleton/", "a/skeleton/deep/catalog-info.yaml", true),
            ("skeleton", "a/skeletons/catalog-info.yaml", false),
            ("../shared/skeleton", "shared/skeleton/catalog-info.yaml", true),
            ("./skeletons/${{ parameters.language }}", "a/skeletons/rust/catalog-info.yaml", true),
            ("${{ parameters.url }}", "a/b/catalog-info.yaml", false),
            ("./", "a/catalog-info.yaml", false),
            (".", "a/b/catalog-info.yaml", false),
            ("..", "b/catalog-info.yaml", false),
            ("https://github.com/acme/skeleton", "a/skeleton/catalog-info.yaml", false),
            ("./x", "a/not-this/catalog-info.yaml", false),
            ("./x", "a/{{cookiecutter.name}}/catalog-info.yaml", true),
        ];
        for (url, path, expected) in cases {
            let mut skeletons = Skeletons::default();
            skeletons.learn(&template(url), "a/template.yaml");
            assert_eq!(skeletons.hold(path), expected, "{path} with {url}");
        }
    }

    #[test]
    fn a_folder_s_name_and_a_placeholder_tell_together() {
        for (path, text, expected) in [
            ("skeletons/rust/catalog-info.yaml", "{%- if x %}", true),
            ("a/skeleton/catalog-info.yaml", "name: ${{ values.name }}", true),
            ("skeleton/catalog-info.yaml", "name: plain", false),
            ("services/catalog-info.yaml", "name: ${{ values.name }}", false),
            ("catalog-info.yaml", "{{", false),
        ] {
            assert_eq!(is_called_one(path, text.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn a_name_that_is_a_placeholder_tells() {
        for (name, expected) in [
            ("${{ values.name | dump }}", true),
            ("{{ cookiecutter.name }}", true),
            ("{% if x %}a{% endif %}", true),
            ("plain", false),
        ] {
            assert_eq!(is_unrendered(&json!({"metadata": {"name": name}})), expected, "{name}");
        }
        assert!(!is_unrendered(&json!({"metadata": {"description": "{{ x }}"}})));
        assert!(!is_unrendered(&json!([1])));
    }
}
