//! A DSN: one address that says where and under which key a receiver of Sentry's protocol listens.
//!
//! Promises: its secret part is let go of while it is read: nothing that is kept, shown or sent has it. Absent: asking it.

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::manifest::addresses::{AddressError, WebAddress};

/// A DSN as it is written, without its secret part; empty where the text is no address at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Dsn(String);

impl<'de> Deserialize<'de> for Dsn {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::without_secret(&text))
    }
}

/// Why a DSN is none. None of the words repeats it: it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DsnError {
    /// It is no address.
    #[error("not a DSN such as https://KEY@sentry.example/1")]
    NotADsn,
    /// No public key, or a strange one.
    #[error("the public key of a DSN (https://KEY@…) is 1 to 64 letters, digits, - and _")]
    Key,
    /// No project, or a strange one.
    #[error("a DSN ends with its project's id: 1 to 64 letters, digits, - and _")]
    Project,
    /// The rest of it is no address that may be asked.
    #[error(transparent)]
    Address(#[from] AddressError),
}

impl Dsn {
    fn without_secret(text: &str) -> Self {
        let Ok(mut url) = Url::parse(text) else { return Self(String::new()) };
        // What cannot have a password has none.
        match url.set_password(None) {
            Ok(()) => Self(url.into()),
            Err(()) => Self(String::new()),
        }
    }

    /// The endpoint that takes envelopes, `{PROTO}://{HOST}{PATH}/api/{PROJECT}/envelope/`, and the public key.
    pub(crate) fn parts(&self) -> Result<(WebAddress, String), DsnError> {
        let mut url = Url::parse(&self.0).map_err(|_| DsnError::NotADsn)?;
        let (key, path) = (url.username().to_owned(), url.path().to_owned());
        if !is_plain(&key) {
            return Err(DsnError::Key);
        }
        let (before, project) = path.rsplit_once('/').ok_or(DsnError::NotADsn)?;
        if !is_plain(project) || url.query().is_some() {
            return Err(DsnError::Project);
        }
        url.set_username("").map_err(|()| DsnError::NotADsn)?;
        // Its receivers know the address with the slash at its end, and no other.
        url.set_path(&format!("{before}/api/{project}/envelope/"));
        Ok((WebAddress::new(url.as_str())?, key))
    }
}

/// Letters, digits, `-` and `_`: what can stand in a header and in a path as it is.
fn is_plain(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Result<(String, String), String> {
        let (address, key) = Dsn::without_secret(text).parts().map_err(|error| error.to_string())?;
        Ok((address.as_str().to_owned(), key))
    }

    #[test]
    fn a_dsn_is_an_endpoint_and_a_public_key() {
        for (dsn, endpoint) in [
            ("https://abc@sentry.example/42", "https://sentry.example/api/42/envelope/"),
            ("https://abc:s3cret@sentry.example/42", "https://sentry.example/api/42/envelope/"),
            ("https://abc@sentry.example:8443/a/b/42", "https://sentry.example:8443/a/b/api/42/envelope/"),
            ("http://abc@127.0.0.1:8071/my-project", "http://127.0.0.1:8071/api/my-project/envelope/"),
        ] {
            assert_eq!(parts(dsn), Ok((endpoint.to_owned(), "abc".to_owned())), "{dsn}");
        }
    }

    #[test]
    fn what_is_no_dsn_is_told_without_repeating_it() {
        for dsn in [
            "",
            "abc:s3cret",
            "abc:s3cret@sentry.example/1",
            "https//abc:s3cret@sentry.example/1",
            "https://abc:s3cret@/1",
            "https://abc:s3cret@sentry.example",
            "https://abc:s3cret@sentry.example/",
            "https://abc:s3cret@sentry.example/1/",
            "https://abc:s3cret@sentry.example/1?x=1",
            "https://abc:s3cret@sentry.example/1#x",
            "https://abc:s3cret@sentry.example/%2e%2e",
            "https://abc:s3cret@sentry.example/a b",
            "https://:s3cret@sentry.example/1",
            "https://sentry.example/1",
            "https://a%0d%0ab:s3cret@sentry.example/1",
            "https://a,b:s3cret@sentry.example/1",
            "http://abc:s3cret@sentry.example/1",
            "ftp://abc:s3cret@127.0.0.1/1",
            "mailto:abc:s3cret@sentry.example",
        ] {
            let error = parts(dsn).expect_err(dsn);
            assert!(!error.contains("s3cret"), "{error}");
            let kept = Dsn::without_secret(dsn);
            assert!(!format!("{kept:?}").contains("s3cret"), "{kept:?}");
        }
    }
}
