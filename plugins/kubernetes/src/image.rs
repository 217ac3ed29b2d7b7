//! Names of images.

/// An image, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Image<'a> {
    /// Registry and path.
    pub repository: &'a str,
    pub tag: Option<&'a str>,
    pub digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    pub(crate) fn parse(name: &'a str) -> Image<'a> {
        let (name, digest) = name.split_once('@').map_or((name, None), |(name, digest)| (name, Some(digest)));
        // A colon before the last slash is that of a port.
        match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => Image { repository, tag: Some(tag), digest },
            _ => Image { repository: name, tag: None, digest },
        }
    }

    /// Whether another image may stand behind it tomorrow: it says `latest`, or nothing at all.
    pub(crate) fn moves(&self) -> bool {
        self.digest.is_none() && self.tag.is_none_or(|tag| tag == "latest")
    }

    /// What people call its version: the tag, or the beginning of the digest.
    pub(crate) fn version(&self) -> String {
        match (self.tag, self.digest) {
            (Some(tag), _) => tag.to_owned(),
            (None, Some(digest)) => digest.rsplit(':').next().unwrap_or_default().chars().take(12).collect(),
            (None, None) => "latest".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_taken_apart() {
        for (name, repository, tag, digest, moves, version) in [
            ("nginx", "nginx", None, None, true, "latest"),
            ("nginx:latest", "nginx", Some("latest"), None, true, "latest"),
            ("r.test:5000/shop/orders", "r.test:5000/shop/orders", None, None, true, "latest"),
            ("r.test:5000/shop/orders:1.4.2", "r.test:5000/shop/orders", Some("1.4.2"), None, false, "1.4.2"),
            (
                "mesh/proxy@sha256:0f0e0d0c0b0a0908",
                "mesh/proxy",
                None,
                Some("sha256:0f0e0d0c0b0a0908"),
                false,
                "0f0e0d0c0b0a",
            ),
            ("a:latest@sha256:12", "a", Some("latest"), Some("sha256:12"), false, "latest"),
        ] {
            let image = Image::parse(name);
            assert_eq!(image, Image { repository, tag, digest }, "{name}");
            assert_eq!((image.moves(), image.version().as_str()), (moves, version), "{name}");
        }
    }
}
