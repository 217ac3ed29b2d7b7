//! Digests of packages, by which an operator names the one that was looked at.

use std::str::FromStr;

use crate::written::written_as_text;

/// The SHA-256 of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageDigest(String);

impl PackageDigest {
    /// In hexadecimal, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PackageDigest {
    type Err = String;

    fn from_str(text: &str) -> Result<PackageDigest, String> {
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        let is_digest = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| PackageDigest(hex.to_ascii_lowercase())).ok_or_else(|| {
            format!("`{text}` is no SHA-256 of a package; write its 64 digits, as the plugin's page shows them")
        })
    }
}

written_as_text!(PackageDigest, "the SHA-256 of a package");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_written_with_or_without_its_kind() {
        let (hex, upper) = ("0a".repeat(32), "0A".repeat(32));
        for good in [hex.clone(), format!("sha256:{hex}"), upper] {
            assert_eq!(good.parse::<PackageDigest>().unwrap().as_str(), hex);
        }
        for bad in ["", "sha256:", &hex[1..], &format!("{hex}0"), &hex.replace('a', "g"), &format!("md5:{hex}")] {
            let said = bad.parse::<PackageDigest>().unwrap_err();
            assert!(said.starts_with(&format!("`{bad}` is no SHA-256 of a package; write its 64 digits")), "{said}");
        }
    }
}
