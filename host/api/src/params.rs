//! Query parameters, read strictly: an unknown, empty or ill-typed one is refused, so that a typing error never passes for
//! an answer.

use std::ops::RangeInclusive;

use crate::error::ApiError;

/// The parameters of one request.
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string that may hold the parameters named in `known`.
    pub(crate) fn parse(query: Option<&str>, known: &[&str]) -> Result<Params, ApiError> {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.unwrap_or("").as_bytes()).into_owned().collect();
        for (name, value) in &pairs {
            if !known.contains(&name.as_str()) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(ApiError::input(format!("Unknown query parameter '{name}'; this route knows {known}")));
            }
            if value.is_empty() {
                return Err(ApiError::input(format!(
                    "Empty value found for query parameter '{name}'; leave it out instead"
                )));
            }
        }
        Ok(Params(pairs))
    }

    /// Every value of a parameter that may be repeated.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The one value of a parameter.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, ApiError> {
        match self.all(name)[..] {
            [] => Ok(None),
            [value] => Ok(Some(value)),
            _ => Err(ApiError::input(format!("query parameter '{name}' is given more than once; it takes one value"))),
        }
    }

    /// A list given by repeating the parameter, by commas, or both.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.all(name)
            .iter()
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|v| !v.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// One of a few words, each of which stands for a value.
    pub(crate) fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, ApiError> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                let message = format!("query parameter '{name}' must be {}, found '{text}'", words.join(" or "));
                Err(ApiError::input(message))
            }
        }
    }

    /// A whole number within bounds.
    pub(crate) fn integer(&self, name: &str, allowed: RangeInclusive<i64>) -> Result<Option<usize>, ApiError> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        let number: i64 = text
            .parse()
            .map_err(|_| ApiError::input(format!("query parameter '{name}' must be a whole number, found '{text}'")))?;
        if number < *allowed.start() {
            return Err(ApiError::input(format!(
                "query parameter '{name}' must be at least {}, found {number}",
                allowed.start()
            )));
        }
        // More than is given at once is given as much as is.
        usize::try_from(number.min(*allowed.end())).map(Some).map_err(|error| ApiError::internal(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_route_does_not_know_is_refused_in_words() {
        for (query, expected) in [
            ("colour=red", "Unknown query parameter 'colour'; this route knows filter, limit"),
            ("filter=", "Empty value found for query parameter 'filter'; leave it out instead"),
        ] {
            let error = Params::parse(Some(query), &["filter", "limit"]).map(|_| ()).unwrap_err();
            assert_eq!(error, ApiError::input(expected), "{query}");
        }
    }

    #[test]
    fn numbers_are_checked_and_large_ones_clamped() {
        let limit = |query| Params::parse(Some(query), &["limit"]).unwrap().integer("limit", 0..=500);
        assert_eq!(limit("limit=20"), Ok(Some(20)));
        assert_eq!(limit("limit=9000"), Ok(Some(500)));
        for (query, expected) in [
            ("limit=-1", "query parameter 'limit' must be at least 0, found -1"),
            ("limit=many", "query parameter 'limit' must be a whole number, found 'many'"),
            ("limit=1&limit=2", "query parameter 'limit' is given more than once; it takes one value"),
        ] {
            assert_eq!(limit(query), Err(ApiError::input(expected)), "{query}");
        }
    }
}
