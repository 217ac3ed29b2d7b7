//! Paths of fields as people read them: `facts.pagerduty.incidents.open` is "Incidents open", of pagerduty.

/// Who says a field: the plugin of a fact, and of what documents say the part that they say it in.
pub(crate) fn group(path: &str) -> &str {
    match split(path) {
        ("facts.", rest) => rest.split('.').next().unwrap_or(rest),
        ("properties.", _) => "Properties",
        ("metadata.labels.", _) => "Labels",
        ("metadata.annotations.", _) => "Annotations",
        _ => "Descriptor",
    }
}

/// What a field is called beside others of its group.
pub(crate) fn title(path: &str) -> String {
    match split(path) {
        ("facts.", rest) => sentence(rest.split_once('.').map_or(rest, |(_, name)| name)),
        // These are names already, with dots of their own.
        ("metadata.labels." | "metadata.annotations.", name) => name.to_owned(),
        (_, rest) => sentence(rest),
    }
}

fn split(path: &str) -> (&str, &str) {
    const PLACES: [&str; 5] = ["facts.", "properties.", "metadata.labels.", "metadata.annotations.", "spec."];
    let place = PLACES.into_iter().find(|place| path.starts_with(place)).unwrap_or_default();
    path.split_at(place.len())
}

/// `meanMinutesToResolve` and `on-call.now` as words, the first with a capital.
fn sentence(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for sign in name.chars() {
        match sign {
            '.' | '_' | '-' | '/' => words.push(' '),
            _ if words.is_empty() => words.extend(sign.to_uppercase()),
            _ if sign.is_uppercase() && (before.is_lowercase() || before.is_numeric()) => {
                words.push(' ');
                words.extend(sign.to_lowercase());
            }
            _ => words.push(sign),
        }
        before = sign;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_called_by_its_last_words_beside_who_says_it() {
        for (path, said_by, called) in [
            ("facts.pagerduty.incidents.open", "pagerduty", "Incidents open"),
            ("facts.pagerduty.meanMinutesToResolve", "pagerduty", "Mean minutes to resolve"),
            ("facts.kubernetes.requests.cpuCores", "kubernetes", "Requests cpu cores"),
            ("facts.forges", "forges", "Forges"),
            ("properties.openPullRequests", "Properties", "Open pull requests"),
            ("spec.data-class", "Descriptor", "Data class"),
            ("metadata.labels.app.kubernetes.io/name", "Labels", "app.kubernetes.io/name"),
            ("metadata.annotations.acme.example/tier", "Annotations", "acme.example/tier"),
        ] {
            assert_eq!((group(path), title(path).as_str()), (said_by, called), "{path}");
        }
    }
}
