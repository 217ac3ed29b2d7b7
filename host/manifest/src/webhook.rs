//! What is checked of a request before anybody reads it: its size, its rate, its signature, and that it does not come twice.
//!
//! The same words describe the routes of plugins and the addresses at which the portal takes JSON by itself.
//!
//! Rule: whoever sends is known by a signature over what was sent, or by the portal's own token; nothing is taken from strangers.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::Deserializer;

use crate::manifest::part_name;
use crate::quantity::{Period, Size};
use crate::written::{self, written_as_text};

/// How a sender proves who it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureRule {
    /// How it is made.
    pub algorithm: Algorithm,
    /// The header that carries it, in lower case.
    #[serde(deserialize_with = "header")]
    pub header: String,
    /// What stands in the header, with `{}` for the signature: `sha256={}`, `v1={}`. Several may stand there, with commas between.
    #[serde(default, deserialize_with = "format")]
    pub format: SignatureFormat,
    /// What is signed, with `{body}` for the body, and `{timestamp}` and `{id}` for the headers that [`ReplayRule`] names.
    #[serde(default, deserialize_with = "signed")]
    pub signed: SignedText,
    /// The credential whose secret it is made with.
    #[serde(deserialize_with = "part_name")]
    pub credential: String,
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC with SHA-256, in hexadecimal.
    HmacSha256,
    /// The same in Base64.
    HmacSha256Base64,
    /// The header holds the secret itself, as GitLab sends it.
    Token,
}

/// What stands in a signature's header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignatureFormat {
    prefix: String,
    suffix: String,
}

impl SignatureFormat {
    /// The signatures that a header carries.
    pub fn signatures<'a>(&'a self, header: &'a str) -> impl Iterator<Item = &'a str> {
        let parts = header.split(',').map(str::trim);
        parts.filter_map(|part| part.strip_prefix(self.prefix.as_str())?.strip_suffix(self.suffix.as_str()))
    }
}

/// What a signature is made over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedText(Vec<Signed>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Signed {
    Text(String),
    Timestamp,
    Id,
    Body,
}

impl Default for SignedText {
    fn default() -> SignedText {
        SignedText(vec![Signed::Body])
    }
}

impl SignedText {
    /// The bytes that are signed, one part behind the other.
    pub fn parts<'a>(&'a self, timestamp: &'a str, id: &'a str, body: &'a [u8]) -> Vec<&'a [u8]> {
        let bytes = |part: &'a Signed| match part {
            Signed::Text(text) => text.as_bytes(),
            Signed::Timestamp => timestamp.as_bytes(),
            Signed::Id => id.as_bytes(),
            Signed::Body => body,
        };
        self.0.iter().map(bytes).collect()
    }

    /// Whether the time of sending is part of it.
    pub fn has_timestamp(&self) -> bool {
        self.0.contains(&Signed::Timestamp)
    }

    /// Whether the delivery's name is part of it.
    pub fn has_id(&self) -> bool {
        self.0.contains(&Signed::Id)
    }

    /// Reads it as it is written; none if it does not hold the body once, and the others at most once.
    fn read(text: &str) -> Option<SignedText> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}')?;
            let part = match name {
                "timestamp" => Signed::Timestamp,
                "id" => Signed::Id,
                "body" => Signed::Body,
                _ => return None,
            };
            if parts.contains(&part) {
                return None;
            }
            parts.extend([Signed::Text(before.to_owned()), part]);
            rest = behind;
        }
        parts.push(Signed::Text(rest.to_owned()));
        parts.retain(|part| *part != Signed::Text(String::new()));
        parts.contains(&Signed::Body).then_some(SignedText(parts))
    }
}

/// How a request that comes twice is known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayRule {
    /// The header that names a delivery, in lower case; the same delivery counts once. Where it is not signed, it keeps out what an honest
    /// sender sends twice, and nobody who has overheard a request.
    #[serde(default, deserialize_with = "optional_header")]
    pub id: Option<String>,
    /// The header that holds the time of sending, in seconds since 1970, in lower case.
    #[serde(default, deserialize_with = "optional_header")]
    pub timestamp: Option<String>,
    /// How far from now the time of sending may be; five minutes, if absent.
    #[serde(default = "tolerance")]
    pub tolerance: Period,
}

fn tolerance() -> Period {
    Period::seconds(300)
}

/// What may come in at an address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IntakeRule {
    /// The largest body.
    #[serde(deserialize_with = "size")]
    pub size: Size,
    /// How often.
    pub rate: Rate,
    /// How a sender proves who it is; the portal's own token, if absent.
    pub signature: Option<SignatureRule>,
    /// How a request that comes twice is known.
    pub replay: Option<ReplayRule>,
}

impl Default for IntakeRule {
    fn default() -> IntakeRule {
        IntakeRule { size: SIZE, rate: Rate { count: 600, period: Period::seconds(60) }, signature: None, replay: None }
    }
}

impl IntakeRule {
    /// What is wrong with the rule as a whole, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        let timestamp = self.replay.as_ref().and_then(|replay| replay.timestamp.as_ref());
        let id = self.replay.as_ref().and_then(|replay| replay.id.as_ref());
        match (&self.signature, &self.replay) {
            (Some(signature), _) if signature.signed.has_id() && id.is_none() => {
                Err("`signature.signed` holds `{id}`, and `replay.id` names no header with it".to_owned())
            }
            (Some(signature), _) if signature.signed.has_timestamp() && timestamp.is_none() => {
                Err("`signature.signed` holds `{timestamp}`, and `replay.timestamp` names no header with it".to_owned())
            }
            // A time that is not signed can be written by anybody.
            (Some(signature), Some(_)) if timestamp.is_some() && !signature.signed.has_timestamp() => {
                Err("`replay.timestamp` names a header that `signature.signed` does not hold, so that anybody could write it; \
                     write `signed` with `{timestamp}`"
                    .to_owned())
            }
            (_, Some(replay)) if replay.id.is_none() && replay.timestamp.is_none() => {
                Err("`replay` names neither `id` nor `timestamp`".to_owned())
            }
            (None, Some(_)) => Err("`replay` without `signature` keeps nobody out; add `signature`".to_owned()),
            _ => Ok(()),
        }
    }
}

/// What webhooks of the large forges stay below.
const SIZE: Size = Size::mebibytes(1);

/// What nobody can ask for more of: a body is held in memory, by the portal and by whoever reads it.
const LARGEST: Size = Size::mebibytes(8);

/// What can come at once, as all of a span may.
const MOST: u32 = 10_000;

/// What can come in a second for long: more than a portal of this size handles.
const MOST_PER_SECOND: u32 = 1_000;

/// So many in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In which span.
    pub period: Period,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        let wrong = || format!("`{text}` is no rate; write a number and a span of time, such as `60/m` or `5/s`");
        let (count, period) = text.split_once('/').ok_or_else(wrong)?;
        let count = count.trim().parse::<u32>().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
        let period = period.trim();
        let period =
            if period.starts_with(|c: char| c.is_ascii_digit()) { period.to_owned() } else { format!("1{period}") };
        let period: Period = period.parse().map_err(|_| wrong())?;
        if period.as_duration().is_zero() {
            return Err(wrong());
        }
        if count > MOST || f64::from(count) > f64::from(MOST_PER_SECOND) * period.as_duration().as_secs_f64() {
            return Err(format!(
                "`{text}` is too often; the most is {MOST} in a span of time, and {MOST_PER_SECOND} in a second"
            ));
        }
        Ok(Rate { count, period })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = self.period.to_string();
        // `1m` is written `m`, and `10s` as it is.
        let unit = period.strip_prefix('1').filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
        write!(f, "{}/{}", self.count, unit.unwrap_or(&period))
    }
}

written_as_text!(Rate, "a rate such as `60/m`");

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
    written::text(deserializer, "a size with a unit, such as `1MiB`", |text| {
        let size: Size = text.parse()?;
        if size > LARGEST { Err(format!("`{size}` is too much; the most is `{LARGEST}`")) } else { Ok(size) }
    })
}

fn is_header(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn header_name(text: &str) -> Result<String, String> {
    let name = text.to_lowercase();
    match is_header(&name) {
        true => Ok(name),
        false => Err(format!("`{text}` is no header's name; write one such as `x-hub-signature-256`")),
    }
}

fn header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    written::text(deserializer, "a header's name, such as `x-hub-signature-256`", header_name)
}

fn optional_header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    header(deserializer).map(Some)
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignatureFormat, D::Error> {
    written::text(deserializer, "a format such as `sha256={}`", |text| match text.split_once("{}") {
        Some((prefix, suffix)) if !suffix.contains("{}") => {
            Ok(SignatureFormat { prefix: prefix.to_owned(), suffix: suffix.to_owned() })
        }
        _ => Err(format!(
            "the format `{text}` does not hold `{{}}` once, where the signature stands; write one such as `sha256={{}}`"
        )),
    })
}

fn signed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignedText, D::Error> {
    written::text(deserializer, "what is signed, such as `{timestamp}.{body}`", |text| {
        SignedText::read(text).ok_or_else(|| {
            format!(
                "`{text}` is not what can be signed; write `{{body}}` once, with `{{timestamp}}` and `{{id}}` where they are signed as well, \
                 such as `v0:{{timestamp}}:{{body}}`"
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn rule(text: &str) -> IntakeRule {
        parse(text, "x.yaml").unwrap()
    }

    #[test]
    fn the_forms_in_use_can_be_said() {
        let github = rule(
            "signature: { algorithm: hmac-sha256, header: X-Hub-Signature-256, format: 'sha256={}', credential: hook }\nreplay: { id: X-GitHub-Delivery }",
        );
        let signature = github.signature.as_ref().unwrap();
        assert_eq!(signature.header, "x-hub-signature-256");
        assert_eq!(signature.format.signatures("sha256=ab").collect::<Vec<_>>(), ["ab"]);
        assert_eq!(signature.signed.parts("7", "", b"x").concat(), b"x");
        let pagerduty = rule(
            "signature: { algorithm: hmac-sha256, header: x-pagerduty-signature, format: 'v1={}', credential: hook }",
        );
        let found: Vec<String> = pagerduty
            .signature
            .iter()
            .flat_map(|rule| rule.format.signatures("v1=ab, v2=cd,v1=ef").map(str::to_owned).collect::<Vec<_>>())
            .collect();
        assert_eq!(found, ["ab", "ef"]);
        let slack = rule(
            "signature: { algorithm: hmac-sha256, header: x-slack-signature, format: 'v0={}', signed: 'v0:{timestamp}:{body}', credential: hook }\nreplay: { timestamp: x-slack-request-timestamp }",
        );
        assert_eq!(slack.signature.unwrap().signed.parts("7", "", b"x").concat(), b"v0:7:x");
        assert_eq!(slack.replay.unwrap().tolerance, Period::seconds(300));
        let standard = rule(
            "signature: { algorithm: hmac-sha256-base64, header: webhook-signature, signed: '{id}.{timestamp}.{body}', credential: hook }\nreplay: { id: webhook-id, timestamp: webhook-timestamp }",
        );
        assert!(standard.check().is_ok());
        assert_eq!(standard.signature.unwrap().signed.parts("7", "m", b"x").concat(), b"m.7.x");
    }

    #[test]
    fn what_keeps_nobody_out_is_refused() {
        let signature = "signature: { algorithm: hmac-sha256, header: a, credential: hook";
        for (text, expected) in [
            ("replay: { id: a }".to_owned(), "`replay` without `signature`"),
            (format!("{signature} }}\nreplay: {{}}"), "`replay` names neither"),
            (format!("{signature} }}\nreplay: {{ timestamp: b }}"), "`replay.timestamp` names a header that"),
            (format!("{signature}, signed: '{{timestamp}}{{body}}' }}"), "`signature.signed` holds `{timestamp}`"),
            (format!("{signature}, signed: '{{id}}{{body}}' }}"), "`signature.signed` holds `{id}`"),
        ] {
            let found = rule(&text).check().unwrap_err();
            assert!(found.starts_with(expected), "{text}: {found}");
        }
        assert!(rule(&format!("{signature} }}")).check().is_ok() && rule("{}").check().is_ok());
    }

    #[test]
    fn what_is_no_rate_size_or_form_is_said() {
        for (text, expected) in [
            ("rate: 60", "expected a rate"),
            ("rate: 0/m", "`0/m` is no rate"),
            ("rate: 10001/h", "`10001/h` is too often; the most is 10000 in a span of time, and 1000 in a second"),
            ("rate: 1001/s", "`1001/s` is too often"),
            ("rate: 10000/9s", "`10000/9s` is too often"),
            ("rate: 4294967296/h", "is no rate"),
            ("rate: 5/fortnight", "`5/fortnight` is no rate"),
            ("size: 9MiB", "`9 MiB` is too much; the most is `8 MiB`"),
            ("signature: { algorithm: md5, header: a, credential: b }", "md5"),
            ("signature: { algorithm: token, header: 'a b', credential: b }", "`a b` is no header's name"),
            ("signature: { algorithm: token, header: a, credential: b, format: x }", "the format `x` does not hold"),
            (
                "signature: { algorithm: token, header: a, credential: b, signed: '{timestamp}' }",
                "`{timestamp}` is not what can be signed; write `{body}` once",
            ),
            ("signature: { algorithm: token, header: a, credential: b, signed: '{body}{body}' }", "is not what can be"),
            ("signature: { algorithm: token, header: a, credential: b, signed: '{body}{host}' }", "is not what can be"),
            ("signature: { algorithm: token, header: a, credential: b, signed: '{body' }", "is not what can be signed"),
        ] {
            let found = parse::<IntakeRule>(text, "x.yaml").unwrap_err().to_string();
            assert!(found.contains(expected), "{text}: {found}");
        }
        for (text, shown) in
            [("60/m", "60/m"), ("5/10s", "5/10s"), ("1 / 1h", "1/h"), ("1000/s", "1000/s"), ("10000/10s", "10000/10s")]
        {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), shown);
        }
    }
}
