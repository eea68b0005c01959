//! What the variables of OpenTelemetry say of a destination whose manifest says `follow: otel`, by its specification of exporters.
//!
//! | variable | what it does here |
//! |---|---|
//! | `OTEL_SDK_DISABLED` | `true` is a no; so is anything but `false` |
//! | `OTEL_LOGS_EXPORTER` | a list without `otlp` is a no |
//! | `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`, else `OTEL_EXPORTER_OTLP_ENDPOINT` and `v1/logs` below it | is the address, in place of the declared one and its headers |
//! | `…_HEADERS` | are the headers of that address; their values stand nowhere but in the request |
//! | `…_COMPRESSION` | `gzip` or `none` |
//! | `…_TIMEOUT` | bounds the wait for an answer there, never above our own bound |
//! | `…_PROTOCOL` | has to be `http/json`, which alone is spoken |
//!
//! Of each pair the form with `LOGS_` counts before the general one, and the empty text counts as unset.
//!
//! Promises: an address that a variable names is another destination, to be agreed to anew. Without such an address the others mean
//! nothing: a secret goes to no address that its owner did not name beside it. What cannot be followed is a no for the destination,
//! never passed over. Absent: what would say more than was declared (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`), and files of
//! certificates.

use crate::host::env::{
    Env, OTEL_COMPRESSION, OTEL_ENDPOINT, OTEL_HEADERS, OTEL_LOGS_COMPRESSION, OTEL_LOGS_ENDPOINT, OTEL_LOGS_EXPORTER,
    OTEL_LOGS_HEADERS, OTEL_LOGS_PROTOCOL, OTEL_LOGS_TIMEOUT, OTEL_PROTOCOL, OTEL_SDK_DISABLED, OTEL_TIMEOUT, Var,
};
use crate::manifest::addresses::WebAddress;
use crate::manifest::destinations::{Address, Destination, Method};
use crate::manifest::forms::Speech;
use crate::manifest::forms::follow::{Against, Following, reference};
use crate::manifest::forms::wrap::Compression;
use crate::manifest::headers;
use crate::manifest::tool::Manifest;

/// Longest value of a header, characters: tokens of identity providers take some thousand.
const LONGEST_SECRET: usize = 8192;
/// Most headers.
const MOST_HEADERS: usize = 32;

/// The manifest as the variables have it.
#[must_use]
pub fn manifest(mut manifest: Manifest, env: &Env) -> Manifest {
    for destination in &mut manifest.destinations {
        if destination.form.speech.following().is_some() {
            follow(destination, env);
        }
    }
    manifest
}

/// The value of a header, from the variable that holds it; `None` where it no longer does.
#[must_use]
pub fn secret(env: &Env, variable: &str, name: &str) -> Option<String> {
    let pairs = pairs(env.text(variable)?).ok()?;
    pairs.into_iter().find(|(there, _)| there == name).map(|(_, value)| value)
}

fn follow(destination: &mut Destination, env: &Env) {
    let mut named = Named::default();
    let against = named.read(env).err();
    let following = Following { against, secrets: named.secrets, patience_ms: named.patience_ms };
    if following.against.is_none()
        && let Some(url) = named.url
    {
        destination.address = Address::Http { url, method: Method::Post, headers: named.headers };
        if let Some(compression) = named.compression {
            destination.form.compression = compression;
        }
    }
    if let Speech::Otlp(form) = &mut destination.form.speech {
        form.follow = Some(following);
    }
}

/// What the variables name.
#[derive(Default)]
struct Named {
    url: Option<WebAddress>,
    headers: Vec<(String, String)>,
    secrets: Option<&'static str>,
    compression: Option<Compression>,
    patience_ms: Option<u64>,
}

impl Named {
    fn read(&mut self, env: &Env) -> Result<(), Against> {
        off(env)?;
        if let Some((name, text)) = text(env, OTEL_LOGS_ENDPOINT)? {
            self.url = Some(WebAddress::new(text).map_err(|error| Against::Unfit(name, error.to_string()))?);
        } else if let Some((name, text)) = text(env, OTEL_ENDPOINT)? {
            let url = WebAddress::new(text).map_err(|error| Against::Unfit(name, error.to_string()))?;
            self.url = Some(url.below("v1/logs"));
        } else {
            return Ok(());
        }
        let unfit = |name, what: &str| Err(Against::Unfit(name, what.to_owned()));
        match either(env, OTEL_LOGS_PROTOCOL, OTEL_PROTOCOL)? {
            None | Some((_, "http/json")) => {}
            Some((name, _)) => return unfit(name, "only http/json is spoken here"),
        }
        self.compression = match either(env, OTEL_LOGS_COMPRESSION, OTEL_COMPRESSION)? {
            None => None,
            Some((_, "gzip")) => Some(Compression::Gzip),
            Some((_, "none")) => Some(Compression::None),
            Some((name, _)) => return unfit(name, "it is neither gzip nor none"),
        };
        self.patience_ms = match either(env, OTEL_LOGS_TIMEOUT, OTEL_TIMEOUT)? {
            None => None,
            Some((name, text)) => match text.parse() {
                Ok(ms) if ms > 0 => Some(ms),
                _ => return unfit(name, "it is not a number of milliseconds"),
            },
        };
        if let Some((name, text)) = either(env, OTEL_LOGS_HEADERS, OTEL_HEADERS)? {
            let pairs = pairs(text).map_err(|what| Against::Unfit(name, what))?;
            self.headers = pairs.into_iter().map(|(header, _)| (header, reference(name))).collect();
            self.secrets = Some(name);
        }
        Ok(())
    }
}

/// Whether a variable says that nothing is to be sent at all.
fn off(env: &Env) -> Result<(), Against> {
    match text(env, OTEL_SDK_DISABLED)? {
        Some((name, word)) if word.eq_ignore_ascii_case("true") => return Err(Against::Off(name)),
        Some((name, word)) if !word.eq_ignore_ascii_case("false") => {
            return Err(Against::Unfit(name, "it is neither true nor false".to_owned()));
        }
        Some(_) | None => {}
    }
    match text(env, OTEL_LOGS_EXPORTER)? {
        Some((name, list)) if !list.split(',').any(|one| one.trim() == "otlp") => Err(Against::Off(name)),
        Some(_) | None => Ok(()),
    }
}

type Set<'a> = Option<(&'static str, &'a str)>;

/// The variable with its text, without blanks around it.
fn text<'a>(env: &'a Env, name: &'static str) -> Result<Set<'a>, Against> {
    match env.get(name) {
        Var::Text(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty()).map(|text| (name, text))),
        Var::Unset => Ok(None),
        Var::NotText => Err(Against::Unfit(name, "it is not text".to_owned())),
    }
}

fn either<'a>(env: &'a Env, first: &'static str, second: &'static str) -> Result<Set<'a>, Against> {
    Ok(text(env, first)?.or(text(env, second)?))
}

/// Headers in the form of W3C baggage, names in lower case; what is wrong is said without any value.
fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for member in text.split(',').map(str::trim).filter(|member| !member.is_empty()) {
        let (name, value) = member.split_once('=').ok_or("it is not of the form name=value,name=value")?;
        let name = name.trim().to_ascii_lowercase();
        let value = unescaped(value.trim()).ok_or("a value in it has a percent sign and not two digits behind it")?;
        // A lone secret would be taken for a name, and names are shown.
        if !headers::is_name(&name) || value.trim_matches('=').is_empty() {
            return Err("it is not of the form name=value,name=value, with letters, digits and - in names".to_owned());
        }
        if let Some(what) = headers::trouble(&name, &value, LONGEST_SECRET) {
            return Err(what);
        }
        if pairs.iter().any(|(there, _)| *there == name) {
            return Err(format!("the header {name} stands twice in it"));
        }
        pairs.push((name, value));
    }
    if pairs.len() > MOST_HEADERS { Err(format!("there are at most {MOST_HEADERS} headers")) } else { Ok(pairs) }
}

/// A value with its percent signs read.
fn unescaped(value: &str) -> Option<String> {
    let mut parts = value.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        // A sign in a digit's place gives a control character, which no header takes.
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse;

    fn declared() -> Manifest {
        let source = "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nevents: {run: {description: A run, purpose: product}}\n\
            destinations:\n  d: {url: 'https://t.example', protocol: otlp, follow: otel, headers: {x-key: abc}}\n  \
            plain: {url: 'https://t.example', protocol: otlp}\n";
        parse::manifest(source.as_bytes()).expect("valid")
    }

    /// What the following destination is with these variables; the other one stays as declared.
    fn followed(variables: &[(&str, &str)]) -> Destination {
        let [followed, plain] =
            <[Destination; 2]>::try_from(manifest(declared(), &Env::of(variables.iter().copied())).destinations)
                .expect("two");
        assert_eq!(Some(&plain), declared().destinations.get(1));
        followed
    }

    fn shape(variables: &[(&str, &str)]) -> (String, Vec<(String, String)>, Compression, Option<u64>) {
        let destination = followed(variables);
        let following = destination.form.speech.following().expect("followed").clone();
        assert_eq!(following.against, None, "{variables:?}");
        let Address::Http { headers, .. } = destination.address.clone() else { panic!("on the web") };
        (destination.declared(), headers, destination.form.compression, following.patience_ms)
    }

    #[test]
    fn without_an_address_nothing_is_followed() {
        let unmoved = followed(&[]);
        assert_eq!(Some(&unmoved), declared().destinations.first());
        let variables = [
            (OTEL_HEADERS, "api-key=s3cret"),
            (OTEL_LOGS_HEADERS, "api-key=s3cret"),
            (OTEL_COMPRESSION, "gzip"),
            (OTEL_TIMEOUT, "1"),
            (OTEL_PROTOCOL, "grpc"),
            (OTEL_ENDPOINT, ""),
            (OTEL_LOGS_ENDPOINT, " "),
            (OTEL_SDK_DISABLED, "False"),
            (OTEL_LOGS_EXPORTER, "console, otlp"),
        ];
        assert_eq!(followed(&variables), unmoved);
    }

    #[test]
    fn addresses() {
        for (variables, address) in [
            (&[(OTEL_ENDPOINT, "https://o.example")][..], "https://o.example/v1/logs"),
            (&[(OTEL_ENDPOINT, "https://o.example/")], "https://o.example/v1/logs"),
            (&[(OTEL_ENDPOINT, "https://o.example/otlp/")], "https://o.example/otlp/v1/logs"),
            (&[(OTEL_ENDPOINT, " http://127.0.0.1:4318 ")], "http://127.0.0.1:4318/v1/logs"),
            (&[(OTEL_ENDPOINT, "https://o.example/a?b=c")], "https://o.example/a/v1/logs?b=c"),
            (&[(OTEL_LOGS_ENDPOINT, "https://o.example")], "https://o.example/"),
            (&[(OTEL_LOGS_ENDPOINT, "https://o.example/in")], "https://o.example/in"),
            (
                &[(OTEL_ENDPOINT, "https://g.example"), (OTEL_LOGS_ENDPOINT, "https://l.example/in")],
                "https://l.example/in",
            ),
        ] {
            let (declared, headers, compression, patience) = shape(variables);
            assert_eq!(declared, address);
            // The author's headers are for the author's receiver.
            assert_eq!((headers, compression, patience), (Vec::new(), Compression::None, None));
        }
    }

    #[test]
    fn headers_are_kept_without_their_values() {
        let general = [(OTEL_ENDPOINT, "https://o.example"), (OTEL_HEADERS, " Api-Key = s3%20cret%3D , x-a=b=c,")];
        let reference = format!("${OTEL_HEADERS}");
        let (_, headers, ..) = shape(&general);
        assert_eq!(headers, [("api-key".to_owned(), reference.clone()), ("x-a".to_owned(), reference)]);
        let env = Env::of(general);
        assert_eq!(secret(&env, OTEL_HEADERS, "api-key").as_deref(), Some("s3 cret="));
        assert_eq!(secret(&env, OTEL_HEADERS, "x-a").as_deref(), Some("b=c"));
        assert_eq!(secret(&env, OTEL_HEADERS, "x-b"), None);
        assert_eq!(secret(&env, OTEL_LOGS_HEADERS, "x-a"), None);
        let (_, headers, ..) = shape(&[general[0], general[1], (OTEL_LOGS_HEADERS, "x-logs=1")]);
        assert_eq!(headers, [("x-logs".to_owned(), format!("${OTEL_LOGS_HEADERS}"))]);
    }

    #[test]
    fn packing_and_patience() {
        let with = |name, value| {
            let (_, _, compression, patience) = shape(&[(OTEL_ENDPOINT, "https://o.example"), (name, value)]);
            (compression, patience)
        };
        assert_eq!(with(OTEL_COMPRESSION, "gzip"), (Compression::Gzip, None));
        assert_eq!(with(OTEL_LOGS_COMPRESSION, "none"), (Compression::None, None));
        assert_eq!(with(OTEL_TIMEOUT, "250"), (Compression::None, Some(250)));
        assert_eq!(with(OTEL_LOGS_PROTOCOL, "http/json"), (Compression::None, None));
        let (_, _, compression, patience) = shape(&[
            (OTEL_ENDPOINT, "https://o.example"),
            (OTEL_COMPRESSION, "gzip"),
            (OTEL_LOGS_COMPRESSION, "none"),
            (OTEL_TIMEOUT, "9"),
            (OTEL_LOGS_TIMEOUT, "7"),
            (OTEL_PROTOCOL, "grpc"),
            (OTEL_LOGS_PROTOCOL, "http/json"),
        ]);
        assert_eq!((compression, patience), (Compression::None, Some(7)));
    }

    #[test]
    fn what_cannot_be_followed_is_a_no_and_tells_no_secret() {
        let address = (OTEL_ENDPOINT, "https://o.example");
        for (variables, wanted) in [
            (&[(OTEL_SDK_DISABLED, "TRUE")][..], Err(OTEL_SDK_DISABLED)),
            (&[(OTEL_SDK_DISABLED, "1")], Ok(OTEL_SDK_DISABLED)),
            (&[(OTEL_LOGS_EXPORTER, "none")], Err(OTEL_LOGS_EXPORTER)),
            (&[(OTEL_LOGS_EXPORTER, "console")], Err(OTEL_LOGS_EXPORTER)),
            (&[(OTEL_ENDPOINT, "http://o.example")], Ok(OTEL_ENDPOINT)),
            (&[(OTEL_ENDPOINT, "o.example:4317")], Ok(OTEL_ENDPOINT)),
            (&[(OTEL_ENDPOINT, "https://me:s3cret@o.example")], Ok(OTEL_ENDPOINT)),
            (&[address, (OTEL_LOGS_ENDPOINT, "http://o.example/s3cret")], Ok(OTEL_LOGS_ENDPOINT)),
            (&[address, (OTEL_PROTOCOL, "grpc")], Ok(OTEL_PROTOCOL)),
            (&[address, (OTEL_PROTOCOL, "http/protobuf")], Ok(OTEL_PROTOCOL)),
            (&[address, (OTEL_COMPRESSION, "zstd")], Ok(OTEL_COMPRESSION)),
            (&[address, (OTEL_TIMEOUT, "10s")], Ok(OTEL_TIMEOUT)),
            (&[address, (OTEL_TIMEOUT, "0")], Ok(OTEL_TIMEOUT)),
            (&[address, (OTEL_HEADERS, "s3cret")], Ok(OTEL_HEADERS)),
            (&[address, (OTEL_HEADERS, "s3cret==")], Ok(OTEL_HEADERS)),
            (&[address, (OTEL_HEADERS, "Bearer s3cret=x")], Ok(OTEL_HEADERS)),
            (&[address, (OTEL_HEADERS, "a=s3cret%2")], Ok(OTEL_HEADERS)),
            (&[address, (OTEL_HEADERS, "a=s3cret%+1")], Ok(OTEL_HEADERS)),
            (&[address, (OTEL_HEADERS, "a=s3cret%0d%0ax:y")], Ok(OTEL_HEADERS)),
            (&[address, (OTEL_HEADERS, "a=s3cret%ff")], Ok(OTEL_HEADERS)),
            (&[address, (OTEL_HEADERS, "host=s3cret")], Ok(OTEL_HEADERS)),
            (&[address, (OTEL_HEADERS, "a=s3cret,A=s3cret")], Ok(OTEL_HEADERS)),
        ] {
            let destination = followed(variables);
            assert_eq!(Some(&destination.address), declared().destinations.first().map(|one| &one.address));
            let against = destination.form.speech.following().and_then(|following| following.against.clone());
            let found = match against.expect("a no") {
                Against::Off(name) => Err(name),
                Against::Unfit(name, why) => {
                    assert!(!why.contains("s3cret") && !why.is_empty(), "{variables:?}: {why}");
                    Ok(name)
                }
            };
            assert_eq!(found, wanted, "{variables:?}");
            assert!(!format!("{destination:?}").contains("s3cret"), "{variables:?}");
        }
    }
}
