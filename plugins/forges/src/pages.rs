//! Addresses of pages: which page of a list they ask for, and how large.
//!
//! Rule: a page that is more than the portal takes at once is asked for in parts that it falls into evenly, so that what comes after them
//! is what came after it.

/// How the forges call the size of a page.
const SIZES: [&str; 2] = ["per_page", "limit"];

/// The first of the parts that a page falls into; none of one item alone, or of what is no page.
pub(crate) fn smaller(address: &str) -> Option<String> {
    let (path, query) = address.split_once('?')?;
    let size = query.split('&').find_map(|part| SIZES.iter().find_map(|name| parameter(part, name)))?;
    let part = match size {
        0 | 1 => return None,
        even if even.is_multiple_of(2) => even / 2,
        fives if fives.is_multiple_of(5) => fives / 5,
        _ => 1,
    };
    let changed = |text: &str| match (parameter(text, "page"), text.split_once('=')) {
        (Some(page), _) => format!("page={}", page.saturating_sub(1).saturating_mul(size / part) + 1),
        (None, Some((name, _))) if SIZES.contains(&name) => format!("{name}={part}"),
        _ => text.to_owned(),
    };
    Some(format!("{path}?{}", query.split('&').map(changed).collect::<Vec<_>>().join("&")))
}

/// The number of the page that an address asks for.
pub(crate) fn number(address: &str) -> Option<u64> {
    let (_, query) = address.split_once('?')?;
    query.split('&').find_map(|part| parameter(part, "page"))
}

/// The number that a part of a query gives a parameter of this name.
fn parameter(part: &str, name: &str) -> Option<u64> {
    let (known, value) = part.split_once('=')?;
    value.parse().ok().filter(|_| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_falls_into_parts_down_to_one_item() {
        let mut sizes = Vec::new();
        let mut next = Some("https://x.test/a?state=open&per_page=100".to_owned());
        while let Some(address) = next {
            next = smaller(&address);
            sizes.push(address.rsplit('=').next().expect("a size").to_owned());
        }
        assert_eq!(sizes, ["100", "50", "25", "5", "1"]);
    }

    #[test]
    fn the_first_part_begins_where_the_page_does() {
        for (address, expected) in [
            ("/a?per_page=100&page=3", Some("/a?per_page=50&page=5")),
            ("/a?page=3&limit=25", Some("/a?page=11&limit=5")),
            ("/a?limit=7&after=x", Some("/a?limit=1&after=x")),
            ("/a?per_page=1", None),
            ("/a?page=2", None),
            ("/a", None),
        ] {
            assert_eq!(smaller(address).as_deref(), expected, "{address}");
        }
    }
}
