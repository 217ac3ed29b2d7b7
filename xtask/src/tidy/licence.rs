//! Whether a licence expression, as packages write it, is met by the licences on the list.

/// Licences whose terms an Apache-2.0 program meets by naming them.
const LICENCES: [&str; 15] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "BSL-1.0",
    "Unicode-3.0",
    "CC0-1.0",
    "Unlicense",
    "CDLA-Permissive-2.0",
    "MPL-2.0",
];

/// `A OR B` is met by either, `A AND B` by both, and `AND` binds closer. A slash is an old way to write `OR`.
pub(super) fn met(expression: &str) -> bool {
    let expression = expression.trim();
    if let Some(alternatives) = split(expression, &[" OR ", "/"]) {
        return alternatives.into_iter().any(met);
    }
    if let Some(parts) = split(expression, &[" AND "]) {
        return parts.into_iter().all(met);
    }
    match expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => met(inner),
        None => LICENCES.contains(&expression),
    }
}

/// Splits at operators outside parentheses; none if there is none.
fn split<'a>(expression: &'a str, operators: &[&str]) -> Option<Vec<&'a str>> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    for (at, character) in expression.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        let operator = operators.iter().find(|operator| expression[at..].starts_with(**operator));
        if let Some(operator) = operator.filter(|_| depth == 0) {
            parts.push(&expression[start..at]);
            start = at + operator.len();
        }
    }
    parts.push(&expression[start..]);
    (parts.len() > 1).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::met;

    #[test]
    fn an_expression_is_met_as_its_operators_say() {
        let cases = [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("GPL-3.0-only OR MIT", true),
            ("GPL-3.0-only AND MIT", false),
            ("MIT/Apache-2.0", true),
            ("Apache-2.0 / MIT", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0 WITH Some-exception", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("(MIT OR Apache-2.0) AND GPL-3.0-only", false),
            ("GPL-3.0-only OR MIT AND ISC", true),
            ("(GPL-3.0-only AND MIT) OR (ISC AND Zlib)", true),
            ("", false),
            ("(MIT", false),
        ];
        for (expression, expected) in cases {
            assert_eq!(met(expression), expected, "{expression}");
        }
    }
}
