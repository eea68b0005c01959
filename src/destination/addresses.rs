//! Addresses that may be connected to: `https`, and plain `http` on this machine only.
//!
//! Promises: what is none is refused before anything is looked up. Absent: resolving names, connecting (`http`).

use url::{Host, Url};

/// Takes an address that may be connected to.
///
/// # Errors
/// It is none, in a sentence without the address.
pub fn parse(address: &str) -> Result<Url, &'static str> {
    let Ok(url) = Url::parse(address) else {
        return Err("the destination's address cannot be read");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the destination's address must not hold a user name or password");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err("plain http goes to this machine only; use https"),
        _ => Err("the destination's address must begin with https://"),
    }
}

/// Whether it is on this machine: 127.0.0.0/8, `::1`, `localhost`.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine() {
        let fit = [
            "http://127.0.0.1/",
            "http://127.255.255.254:80/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://[::1]:1/",
        ];
        for address in fit.into_iter().chain(["http://localhost/", "HTTP://LOCALHOST:9/", "https://a.example/?q"]) {
            assert!(parse(address).is_ok(), "{address}");
        }
        let unfit =
            ["http://a.example/", "http://128.0.0.1/", "http://0.0.0.0/", "http://[::]/", "http://[::ffff:127.0.0.1]/"];
        for address in
            unfit.into_iter().chain(["http://localhost./", "http://localhost.example/", "http://a.localhost/"])
        {
            assert!(parse(address).is_err(), "{address}");
        }
        for address in
            ["", "localhost", "file:///etc/passwd", "https://", "https://user@a.example/", "https://:pw@a.example/"]
        {
            assert!(parse(address).is_err(), "{address}");
        }
    }
}
