//! How names, keys and tags are written.
//!
//! Rule: each function answers for one text alone, and the sentence beside it says the same in words; a rule and its
//! sentence are changed together.

/// The longest name, label value, tag, kind and DNS label.
const LONGEST_NAME: usize = 63;
/// The longest DNS subdomain, which is the part of a key before the `/`.
const LONGEST_SUBDOMAIN: usize = 253;

/// A rule for a text: the test, what it allows in words, and how to mend what breaks it.
pub(crate) struct Format {
    pub(crate) holds: fn(&str) -> bool,
    pub(crate) allowed: &'static str,
    pub(crate) mend: fn(&str) -> String,
}

pub(crate) const API_VERSION: Format = Format {
    holds: is_api_version,
    allowed: "an apiVersion is `version` or `group/version`, such as `backstage.io/v1alpha1`: a group of lower-case \
              DNS labels with dots between them, and a version of 1 to 63 letters and digits",
    mend: nothing,
};

pub(crate) const KIND: Format = Format {
    holds: is_kind,
    allowed: "a kind has 1 to 63 letters and digits and begins with a letter, such as `Component`",
    mend: nothing,
};

pub(crate) const NAME: Format = Format {
    holds: is_name,
    allowed: "a name has 1 to 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit",
    mend: |text| mend(text, |sign| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.')),
};

pub(crate) const NAMESPACE: Format = Format {
    holds: is_dns_label,
    allowed: "a namespace has 1 to 63 lower-case letters, digits and `-`, and begins and ends with a letter or digit",
    mend: |text| mend(&text.to_lowercase(), |sign| sign.is_ascii_alphanumeric()),
};

pub(crate) const KEY: Format = Format {
    holds: is_key,
    allowed: "a key is `name` or `prefix/name`, such as `acme.com/tier`: the prefix lower-case DNS labels with dots \
              between them, the name 1 to 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or \
              digit",
    mend: nothing,
};

pub(crate) const LABEL_VALUE: Format = Format {
    holds: is_label_value,
    allowed: "a label's value is empty or has up to 63 letters, digits, `-`, `_` and `.`, and begins and ends with a \
              letter or digit; what is longer or freer belongs in an annotation",
    mend: NAME.mend,
};

pub(crate) const TAG: Format = Format {
    holds: is_tag,
    allowed: "a tag has 1 to 63 lower-case letters, digits, `:`, `+` and `#`, with single `-` between them",
    mend: |text| mend(&text.to_lowercase(), |sign| sign.is_ascii_alphanumeric() || matches!(sign, ':' | '+' | '#')),
};

pub(crate) const LINK_URL: Format = Format {
    holds: is_url,
    allowed: "a link needs a whole address with its scheme, such as `https://docs.acme.com/payments`",
    mend: nothing,
};

pub(crate) const NOT_BLANK: Format =
    Format { holds: is_not_blank, allowed: "it needs at least one visible character, or is left out", mend: nothing };

/// `version` or `group/version`.
pub fn is_api_version(text: &str) -> bool {
    let is_version = |version: &str| is_short(version) && version.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match text.split_once('/') {
        Some((group, version)) => is_dns_subdomain(group) && is_version(version),
        None => is_version(text),
    }
}

/// A kind, as a document names it.
pub fn is_kind(text: &str) -> bool {
    is_short(text)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// The name of an entity, also the name part of a key.
pub fn is_name(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    is_short(text)
        && ends(text.as_bytes().first())
        && ends(text.as_bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A namespace, or a label of a domain name.
pub fn is_dns_label(text: &str) -> bool {
    is_short(text)
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// DNS labels with dots between them.
pub fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= LONGEST_SUBDOMAIN && text.split('.').all(is_dns_label)
}

/// The key of a label or an annotation.
pub fn is_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_dns_subdomain(prefix) && is_name(name),
        None => is_name(text),
    }
}

/// The value of a label.
pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

/// A tag.
pub fn is_tag(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b':' | b'+' | b'#'))
    };
    is_short(text) && text.split('-').all(is_word)
}

/// An absolute address, of any scheme, as browsers read it.
pub fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok()
}

/// A text in which there is something to see. A byte order mark counts as a space, as it does for clients.
pub fn is_not_blank(text: &str) -> bool {
    text.chars().any(|sign| sign != '\u{feff}' && (sign == '\u{85}' || !sign.is_whitespace()))
}

fn is_short(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
}

fn nothing(_: &str) -> String {
    String::new()
}

/// Puts one `-` in place of each run of what is not allowed, and cuts to length.
fn mend(text: &str, is_allowed: fn(char) -> bool) -> String {
    let words: Vec<&str> = text.split(|sign| !is_allowed(sign)).filter(|word| !word.is_empty()).collect();
    let mut mended = words.join("-");
    mended.truncate(LONGEST_NAME);
    mended.trim_matches(|sign: char| !sign.is_ascii_alphanumeric()).to_owned()
}
