//! Which proxy the user's environment names for servers outside of this machine.
//!
//! Promises: a proxy that cannot be used is reported, not passed over; a proxy's password is never printed.
//! Absent: reading the environment (the caller looks names up), connecting, proxies for plain `http` and SOCKS.

use std::fmt;

use url::{Position, Url};

/// The way to servers outside of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxySetting {
    /// Straight to the server.
    Direct,
    /// Through a tunnel (`CONNECT`) at this proxy.
    Through(ProxyAddress),
    /// The variable of this name holds what cannot be used, as a SOCKS address; nothing is sent outside.
    Unusable(&'static str),
}

/// A proxy's address. Printing it leaves out its user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyAddress(Url);

impl ProxyAddress {
    /// The whole address, with user name and password if it has them: for connecting, not for showing.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), &self.0[Position::BeforeHost..Position::AfterPort])
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyAddress({self})")
    }
}

/// Which servers are reached through which proxy, as the caller's environment has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxies {
    setting: ProxySetting,
    bypass: String,
}

impl Proxies {
    /// No proxy, whatever the environment says.
    pub fn none() -> Proxies {
        Proxies { setting: ProxySetting::Direct, bypass: String::new() }
    }

    /// The settings under the names that curl gave them, asked for by name: `HTTPS_PROXY`, then `ALL_PROXY`, and
    /// `NO_PROXY`, each first in capitals and then in small letters; an empty value counts as none.
    ///
    /// `HTTP_PROXY` speaks of plain `http`, which goes to this machine only and hence through no proxy: it is not asked
    /// for. So a web server that turns a visitor's `Proxy:` header into `HTTP_PROXY` (CVE-2016-5385) changes nothing,
    /// whether `REQUEST_METHOD` is set or not.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Proxies {
        let ask = |names: &[&'static str]| {
            names.iter().find_map(|&name| {
                let value = lookup(name)?.trim().to_owned();
                (!value.is_empty()).then_some((name, value))
            })
        };
        let bypass = ask(&["NO_PROXY", "no_proxy"]).map(|(_, list)| list).unwrap_or_default();
        // reqwest takes `*` for every name but for no bare number, curl for everything.
        if entries(&bypass).any(|entry| entry == "*") {
            return Proxies::none();
        }
        let setting = match ask(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) {
            Some((name, value)) => parse_proxy(name, &value),
            None => ProxySetting::Direct,
        };
        Proxies { setting, bypass: entries(&bypass).collect::<Vec<_>>().join(",") }
    }

    /// The way to servers that `NO_PROXY` does not name, for showing it.
    pub fn setting(&self) -> &ProxySetting {
        &self.setting
    }

    /// The list of names and networks reached directly, comma separated, as it is applied; empty if there is none.
    pub fn bypass(&self) -> &str {
        &self.bypass
    }
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty())
}

fn parse_proxy(name: &'static str, value: &str) -> ProxySetting {
    let absolute = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    match Url::parse(&absolute) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => ProxySetting::Through(ProxyAddress(url)),
        Ok(_) | Err(_) => ProxySetting::Unusable(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The setting as it is shown, and the list, for an environment of these variables.
    fn shown(variables: &[(&str, &str)]) -> (String, String) {
        let of = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let proxies = Proxies::from_lookup(of);
        let setting = match proxies.setting() {
            ProxySetting::Direct => "direct".to_owned(),
            ProxySetting::Through(address) => address.to_string(),
            ProxySetting::Unusable(name) => format!("unusable {name}"),
        };
        (setting, proxies.bypass().to_owned())
    }

    #[test]
    fn a_proxy_is_taken_from_the_first_variable_that_has_a_value() {
        let cases: [(&[(&str, &str)], &str); 11] = [
            (&[], "direct"),
            (
                &[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:1"), ("ALL_PROXY", "http://c:1")],
                "http://a:1",
            ),
            (&[("HTTPS_PROXY", " "), ("https_proxy", "http://b:1"), ("ALL_PROXY", "http://c:1")], "http://b:1"),
            (&[("ALL_PROXY", "https://c:1"), ("all_proxy", "http://d:1")], "https://c:1"),
            (&[("all_proxy", "d.example:3128")], "http://d.example:3128"),
            (&[("HTTPS_PROXY", "http://me:pw@[::1]:8080/x?y")], "http://[::1]:8080"),
            (&[("HTTP_PROXY", "http://a:1"), ("http_proxy", "http://b:1"), ("REQUEST_METHOD", "GET")], "direct"),
            (&[("ALL_PROXY", "socks5h://a:1")], "unusable ALL_PROXY"),
            (&[("https_proxy", "http://")], "unusable https_proxy"),
            (&[("https_proxy", "http://a:1"), ("no_proxy", "x, *")], "direct"),
            (&[("https_proxy", "http://a:1"), ("NO_PROXY", "*.example")], "http://a:1"),
        ];
        for (variables, expected) in cases {
            assert_eq!(shown(variables).0, expected, "{variables:?}");
        }
    }

    #[test]
    fn the_list_of_exceptions_is_separated_by_commas_or_spaces() {
        assert_eq!(shown(&[("NO_PROXY", " a.example,\tb.example 10.0.0.0/8 ,")]).1, "a.example,b.example,10.0.0.0/8");
        assert_eq!(shown(&[("NO_PROXY", ""), ("no_proxy", "c")]).1, "c");
    }

    #[test]
    fn a_proxys_password_is_never_printed() {
        let secret = |name: &str| (name == "HTTPS_PROXY").then(|| "http://me:pw@proxy.example:1".to_owned());
        let printed = format!("{:?}", Proxies::from_lookup(secret));
        assert!(
            printed.contains("proxy.example:1") && !printed.contains("pw") && !printed.contains("me:"),
            "{printed}"
        );
    }
}
