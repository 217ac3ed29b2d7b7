//! Label selectors, as annotations and `kubectl` write them: `app=a,tier in (web, api),!canary`.

use std::collections::BTreeMap;

/// Labels of an object.
pub(crate) type Labels = BTreeMap<Box<str>, Box<str>>;

/// A selector: all of its requirements have to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl Selector {
    /// Reads a selector; otherwise says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Selector, String> {
        let parts = parts(text).ok_or_else(|| format!("`{text}` has a bracket too much or too few"))?;
        let requirements = parts.iter().map(|part| Requirement::parse(part.trim())).collect::<Result<Vec<_>, _>>()?;
        if requirements.is_empty() {
            return Err("it selects nothing; write one such as `app=orders`".to_owned());
        }
        Ok(Selector(requirements))
    }

    /// Whether an object with these labels is selected.
    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| requirement.holds(labels))
    }

    /// A label that everything has that is selected, if there is one with a single value: to look selectors up by.
    pub(crate) fn pivot(&self) -> Option<(&str, &str)> {
        self.0.iter().find_map(|requirement| match &requirement.test {
            Test::In(values) if values.len() == 1 => Some((requirement.key.as_str(), values[0].as_str())),
            _ => None,
        })
    }
}

/// What stands between commas that are in no brackets.
fn parts(text: &str) -> Option<Vec<&str>> {
    let (mut found, mut start, mut is_inside) = (Vec::new(), 0, false);
    for (at, sign) in text.char_indices() {
        match sign {
            '(' if is_inside => return None,
            '(' => is_inside = true,
            ')' if !is_inside => return None,
            ')' => is_inside = false,
            ',' if !is_inside => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    let is_empty = found.len() == 1 && found[0].trim().is_empty();
    (!is_inside).then(|| if is_empty { Vec::new() } else { found })
}

impl Requirement {
    fn parse(text: &str) -> Result<Requirement, String> {
        let wrong = || {
            format!(
                "`{text}` is no requirement; write `key`, `!key`, `key=value`, `key!=value`, `key in (a, b)` or `key notin (a, b)`"
            )
        };
        let is_key =
            |key: &str| !key.is_empty() && !key.contains(|sign: char| sign.is_whitespace() || "=!<>(),".contains(sign));
        let made = |key: &str, test| {
            let key = key.trim();
            if is_key(key) { Ok(Requirement { key: key.to_owned(), test }) } else { Err(wrong()) }
        };
        let one = |value: &str| vec![value.trim().to_owned()];
        if let Some((head, rest)) = text.split_once('(') {
            let values = rest.strip_suffix(')').ok_or_else(wrong)?;
            let values = values.split(',').map(|value| value.trim().to_owned()).collect();
            let (key, word) = head.trim_end().rsplit_once(char::is_whitespace).ok_or_else(wrong)?;
            return match word {
                "in" => made(key, Test::In(values)),
                "notin" => made(key, Test::NotIn(values)),
                _ => Err(wrong()),
            };
        }
        if let Some((key, value)) = text.split_once("!=") {
            return made(key, Test::NotIn(one(value)));
        }
        if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
            return made(key, Test::In(one(value)));
        }
        if let Some((key, value)) = text.split_once('>') {
            return made(key, Test::Above(value.trim().parse().map_err(|_| wrong())?));
        }
        if let Some((key, value)) = text.split_once('<') {
            return made(key, Test::Below(value.trim().parse().map_err(|_| wrong())?));
        }
        match text.strip_prefix('!') {
            Some(key) => made(key, Test::Missing),
            None => made(text, Test::Exists),
        }
    }

    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(self.key.as_str());
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.test {
            Test::Exists => value.is_some(),
            Test::Missing => value.is_none(),
            Test::In(values) => value.is_some_and(|value| values.iter().any(|one| **one == **value)),
            // What has no such label is selected, as the API server has it.
            Test::NotIn(values) => value.is_none_or(|value| values.iter().all(|one| **one != **value)),
            Test::Above(least) => number().is_some_and(|number| number > *least),
            Test::Below(most) => number().is_some_and(|number| number < *most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Labels {
        let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (key.into(), value.into())).collect()
    }

    #[test]
    fn objects_are_selected_as_the_api_server_does() {
        let orders = labels("app=orders tier=api rank=3 app.kubernetes.io/name=orders empty=");
        for (selector, expected) in [
            ("app=orders", true),
            ("app==orders", true),
            ("app = orders , tier = api", true),
            ("app=orders,tier=web", false),
            ("app!=orders", false),
            ("zone!=eu", true),
            ("app in (orders, payments)", true),
            ("app in (payments)", false),
            ("app notin (payments,ledger),tier", true),
            ("zone notin (eu)", true),
            ("app notin (orders)", false),
            ("tier", true),
            ("!tier", false),
            ("!zone", true),
            ("empty=", true),
            ("app.kubernetes.io/name=orders", true),
            ("rank>2,rank<4", true),
            ("rank>3", false),
            ("app>1", false),
        ] {
            let parsed = Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"));
            assert_eq!(parsed.selects(&orders), expected, "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_said() {
        for selector in
            ["", "app in orders", "app in (a", "a)b", "=x", "app of (a)", "a b", "app=a,", "rank>x", "in (a)"]
        {
            assert!(Selector::parse(selector).is_err(), "{selector}");
        }
    }

    #[test]
    fn a_selector_is_looked_up_by_a_label_that_it_wants() {
        let pivot =
            |text: &str| Selector::parse(text).expect("good").pivot().map(|(key, value)| format!("{key}={value}"));
        assert_eq!(pivot("tier in (a, b),app=orders").as_deref(), Some("app=orders"));
        assert_eq!(pivot("app,tier!=x"), None);
    }
}
