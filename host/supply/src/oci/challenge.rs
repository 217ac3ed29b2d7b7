//! What a registry asks for when it wants to know who is there: the `WWW-Authenticate` header.
//!
//! Rule: read what servers write, not more. What is not understood is left out, and nothing that is left out is guessed.

use std::collections::BTreeMap;

/// One scheme with its parameters; their names are in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// Such as `bearer`, in lower case.
    pub(super) scheme: String,
    pub(super) parameters: BTreeMap<String, String>,
}

/// All challenges of a header, in order.
pub(super) fn challenges(header: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    for piece in pieces(header) {
        let piece = piece.trim();
        let (before, value) = piece.split_once('=').map_or((piece, None), |(name, value)| (name.trim(), Some(value)));
        // `Bearer realm="…"` begins a challenge, `service="…"` goes on with it.
        let (scheme, name) = match (before.split_once(' '), value) {
            (Some((scheme, name)), _) => (Some(scheme), name.trim()),
            (None, None) => (Some(before), ""),
            (None, Some(_)) => (None, before),
        };
        if let Some(scheme) = scheme.filter(|scheme| !scheme.is_empty()) {
            found.push(Challenge { scheme: scheme.to_ascii_lowercase(), parameters: BTreeMap::new() });
        }
        if let (Some(challenge), Some(value)) = (found.last_mut(), value) {
            challenge.parameters.insert(name.to_ascii_lowercase(), unquoted(value.trim()));
        }
    }
    found
}

/// The header cut at its commas, except at those within quotes.
fn pieces(header: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, character) in header.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                pieces.push(&header[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&header[start..]);
    pieces
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut escaped = false;
    let keep = |character: &char| {
        escaped = *character == '\\' && !escaped;
        !escaped
    };
    inner.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(header: &str, expected: &[(&str, &[(&str, &str)])]) {
        let expected: Vec<Challenge> = expected
            .iter()
            .map(|(scheme, parameters)| Challenge {
                scheme: (*scheme).to_owned(),
                parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            })
            .collect();
        assert_eq!(challenges(header), expected, "{header}");
    }

    #[test]
    fn what_registries_write_is_understood() {
        check(
            r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
            &[(
                "bearer",
                &[
                    ("realm", "https://auth.docker.io/token"),
                    ("service", "registry.docker.io"),
                    ("scope", "repository:a/b:pull,push"),
                ],
            )],
        );
        check(r#"Basic realm="x""#, &[("basic", &[("realm", "x")])]);
        check(r#"BASIC Realm=x , Bearer realm = "y""#, &[("basic", &[("realm", "x")]), ("bearer", &[("realm", "y")])]);
        check("Negotiate, Basic realm=x", &[("negotiate", &[]), ("basic", &[("realm", "x")])]);
        check(r#"Bearer realm="a\"b\\c,d""#, &[("bearer", &[("realm", r#"a"b\c,d"#)])]);
    }

    #[test]
    fn what_nobody_should_write_gives_nothing() {
        check("", &[]);
        check(",,", &[]);
        check(r#"realm="x""#, &[]);
    }

    proptest! {
        #[test]
        fn no_header_breaks_it(header in ".{0,200}") {
            challenges(&header);
        }
    }
}
