//! Addresses, as far as paging needs them: where a link leads, and parameters of a query.
//!
//! Not here: whether an address may be reached, which is the portal's to say.

/// Where a link leads that stands in an answer from `base`.
pub(crate) fn join(base: &str, link: &str) -> String {
    if link.contains("://") {
        return link.to_owned();
    }
    let origin = origin(base);
    if let Some(without_scheme) = link.strip_prefix("//") {
        let scheme = origin.split_once("://").map_or("https", |(scheme, _)| scheme);
        return format!("{scheme}://{without_scheme}");
    }
    if link.starts_with('/') {
        return format!("{origin}{link}");
    }
    let path = base.split(['?', '#']).next().unwrap_or(base);
    if link.starts_with('?') {
        return format!("{path}{link}");
    }
    let folder = path.rfind('/').filter(|slash| *slash >= origin.len()).map_or(path, |slash| &path[..slash]);
    format!("{folder}/{link}")
}

/// Scheme, host and port.
pub(crate) fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[host..].find(['/', '?', '#']).map_or(address.len(), |end| host + end);
    &address[..end]
}

/// The address with a parameter of its query set, in place of what it was.
pub(crate) fn with_parameter(address: &str, name: &str, value: &str) -> String {
    let address = address.split('#').next().unwrap_or(address);
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let is_other = |part: &&str| !part.is_empty() && decoded(part.split('=').next().unwrap_or(part)) != name;
    let mut parts: Vec<String> = query.split('&').filter(is_other).map(str::to_owned).collect();
    parts.push(format!("{}={}", encoded(name), encoded(value)));
    format!("{path}?{}", parts.join("&"))
}

/// The parameters of a query, as they were meant.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(name), decoded(value))
    })
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if *byte == b'+' { b' ' } else { *byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_on_from_where_it_stands() {
        let base = "https://x.test:8443/api/items?page=1#top";
        for (link, expected) in [
            ("https://y.test/a", "https://y.test/a"),
            ("//y.test/a", "https://y.test/a"),
            ("/b?page=2", "https://x.test:8443/b?page=2"),
            ("?page=2", "https://x.test:8443/api/items?page=2"),
            ("more", "https://x.test:8443/api/more"),
        ] {
            assert_eq!(join(base, link), expected, "{link}");
        }
        assert_eq!(join("https://x.test", "more"), "https://x.test/more");
        assert_eq!(origin(base), "https://x.test:8443");
        assert_eq!(origin("https://x.test?a=/b"), "https://x.test");
    }

    #[test]
    fn a_parameter_takes_the_place_of_the_one_before() {
        assert_eq!(with_parameter("https://x.test/a", "from", "a b/c=&"), "https://x.test/a?from=a%20b%2Fc%3D%26");
        assert_eq!(with_parameter("https://x.test/a?from=1&q=x#y", "from", "2"), "https://x.test/a?q=x&from=2");
    }

    #[test]
    fn a_query_is_read_as_it_was_meant() {
        let read: Vec<_> = parameters("a=%C3%A9+b&c&d=%zz%4&=").collect();
        let expected = [("a", "é b"), ("c", ""), ("d", "%zz%4"), ("", "")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
