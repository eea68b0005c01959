//! Addresses: on the web, and of files.
//!
//! Promises: an address is `https`, or `http` on a loopback address, without credentials or a fragment; a file's path stays where the
//! manifest's author may put it. Absent: opening anything.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Where a file destination is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePlace {
    /// A name below the tool's own telemetry folder.
    Own(String),
    /// An absolute path.
    Absolute(String),
}

/// An address on the web that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress(Url);

/// Why an address may not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no address.
    #[error("not an address such as https://telemetry.example/v1: {0}")]
    NotAnAddress(String),
    /// It is not protected on its way.
    #[error("it is neither https nor on a loopback address")]
    NotProtected,
    /// It carries a name or a password, which a preview would show.
    #[error("it carries a user name or a password")]
    Credentials,
    /// A fragment never reaches a server.
    #[error("it has a fragment (#…), which is never sent")]
    Fragment,
    /// A path that could leave its folder, or is not one.
    #[error("not a file's path: absolute and without `.`, `..` and `//`, or a name such as events.jsonl")]
    Path,
}

impl WebAddress {
    /// Takes an address that may be asked.
    ///
    /// # Errors
    /// It may not.
    pub fn new(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(|error| AddressError::NotAnAddress(error.to_string()))?;
        let loopback = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => {
                ip == Ipv6Addr::LOCALHOST || ip.to_ipv4_mapped().is_some_and(|v4: Ipv4Addr| v4.is_loopback())
            }
            Some(Host::Domain(name)) => name == "localhost",
            None => return Err(AddressError::NotAnAddress("no host".to_owned())),
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
            return Err(AddressError::NotProtected);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(AddressError::Fragment);
        }
        Ok(Self(url))
    }

    /// The address as it is asked.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host, with the port where it is not the usual one: the `host` header.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The same address with this path, where it has none of its own.
    #[must_use]
    pub fn or_path(mut self, path: &str) -> Self {
        if self.0.path() == "/" {
            self.0.set_path(path);
        }
        self
    }

    /// The same address with these pairs in its query, where it has none of its own.
    #[must_use]
    pub fn or_query(mut self, pairs: &[(&str, &str)]) -> Self {
        if self.0.query().is_none() && !pairs.is_empty() {
            self.0.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    /// The address of `path` below this one; a query stays.
    #[must_use]
    pub fn below(mut self, path: &str) -> Self {
        let path = format!("{}/{path}", self.0.path().trim_end_matches('/'));
        self.0.set_path(&path);
        self
    }

    /// Scheme, host and port: what a policy allows.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.0.scheme(), self.host())
    }
}

impl FilePlace {
    /// Takes an absolute path, or a name below the tool's own telemetry folder.
    ///
    /// # Errors
    /// It is neither.
    pub fn new(text: &str) -> Result<Self, AddressError> {
        let parts_ok = text.split('/').all(|part| part != "." && part != "..");
        if text.is_empty() || text.len() > 1024 || text.chars().any(char::is_control) || !parts_ok {
            return Err(AddressError::Path);
        }
        if text.starts_with('/') {
            // A path that ends in a slash is a folder's, and with two in a row one file would have many names.
            let plain = !text.ends_with('/') && !text.contains("//");
            return if plain { Ok(Self::Absolute(text.to_owned())) } else { Err(AddressError::Path) };
        }
        // A name of its own, so that no file of the queue can be named.
        let own = !text.contains('/')
            && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
            && text.ends_with(".jsonl");
        if own { Ok(Self::Own(text.to_owned())) } else { Err(AddressError::Path) }
    }

    /// As it stands in the manifest.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Own(text) | Self::Absolute(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_protected_addresses_may_be_asked() {
        for good in [
            "https://t.example/v1",
            "http://127.0.0.1:9/x",
            "http://127.8.9.1/",
            "http://[::1]:80/",
            "http://localhost:1/",
        ] {
            assert!(WebAddress::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "t.example",
            "http://t.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "http://10.0.0.1/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "https://u:p@t.example/",
            "https://u@t.example/",
            "https://t.example/#x",
            "http://0.0.0.0/",
        ] {
            assert!(WebAddress::new(bad).is_err(), "{bad}");
        }
        assert_eq!(WebAddress::new("https://T.example:443/a?b").expect("fine").origin(), "https://t.example");
        assert_eq!(WebAddress::new("http://127.0.0.1:81/a").expect("fine").host(), "127.0.0.1:81");
    }

    #[test]
    fn a_file_stays_where_it_may_be() {
        for good in ["/var/log/acme.jsonl", "events.jsonl"] {
            assert!(FilePlace::new(good).is_ok(), "{good}");
        }
        for bad in
            ["", "../x.jsonl", "a/b.jsonl", "/a/../b", "no", "profile.yml", ".jsonl", "x\n.jsonl", "/", "/a/", "/a//b"]
        {
            assert!(FilePlace::new(bad).is_err(), "{bad:?}");
        }
    }
}
